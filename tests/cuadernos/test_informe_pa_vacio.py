"""El cuaderno del Plan de Acción de un corte sin libros lo dice en cada sección, y no se cae."""

from __future__ import annotations

import json

from pipeline.config import PAQUETE, cargar_config
from pipeline.esquemas import crear_tabla
from pipeline.flujo import pa_informe, pa_textos
from pipeline.flujo.pa_informe import DatosPa
from pipeline.informes import DatosInforme, textos
from pipeline.modelo import Corte, Periodo
from pipeline.revisiones import COLUMNAS_DE_DIFERENCIA
from pipeline.tablas import tabla_del_informe

CUADERNO = PAQUETE.parent / "notebooks" / "06_plan_accion.ipynb"


def _celdas(pa: DatosPa) -> dict[str, str]:
    ambito = {"pa": pa, "pa_informe": pa_informe, "pa_textos": pa_textos, "textos": textos,
              "tabla_del_informe": tabla_del_informe}  # fmt: skip
    celdas = json.loads(CUADERNO.read_text(encoding="utf-8"))["cells"]
    fuera = {"parameters", "importar", "abrir-pa", "abrir-trazas", "trazas", "terminar"}
    salidas = {
        c["id"]: eval("".join(c["source"]), ambito)
        for c in celdas
        if c["cell_type"] == "code" and c["id"] not in fuera
    }
    return {i: "" if s is None else s._repr_html_() for i, s in salidas.items()}


def test_sin_libros_cada_seccion_lo_dice_y_ninguna_inventa_un_cero() -> None:
    vacias = {n: crear_tabla(n) for n in ("plan", "entregas", "hallazgos", "metas", "indices", "alertas")}
    datos = DatosInforme(
        config=cargar_config(PAQUETE.parent), corte=Corte(vigencia=2024, periodo=Periodo.T3),
        es_demostracion=False, dependencia="", **vacias,
    )  # fmt: skip
    celdas = _celdas(
        DatosPa(
            datos=datos,
            registros=crear_tabla("registros_pa"),
            actividades=crear_tabla("actividades"),
            indices=crear_tabla("indices_pa"),
            revisiones=crear_tabla("revisiones"),
            celdas=crear_tabla("celdas"),
            ajuste=datos.plan.iloc[:0].reindex(columns=COLUMNAS_DE_DIFERENCIA).astype("str"),
        )
    )
    for seccion in (
        "cifras-clave",
        "texto-indices",
        "texto-dependencia",
        "texto-declarado",
        "texto-revision",
    ):
        assert "no tiene libros del Plan de Acción" in celdas[seccion], seccion
    assert "no se espera ningún libro" in celdas["texto-cobertura"]
    assert "no cambió" in celdas["texto-ajuste"]
    for seccion in ("texto-vencidas", "texto-sin-evidencia", "texto-sin-reporte", "texto-devueltas"):
        assert "Todas las" not in celdas[seccion] and "no tiene libros" in celdas[seccion], seccion
    assert "No hay proyectos" in celdas["tabla-proyecto"] and "No hay actividades" in celdas["tabla-matriz"]
    fijas = {"tabla-parametros", "tabla-insumos", "tabla-metodo", "tabla-versiones", "tabla-entregas",
             "tabla-proyecto", "tabla-matriz"}  # fmt: skip
    for nombre, contenido in celdas.items():
        if nombre.startswith(("tabla-", "figura-")) and nombre not in fijas:
            assert contenido == "", nombre
