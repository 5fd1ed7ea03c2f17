"""El paquete de Control Interno: cada cifra está en su celda, y lo que llenan se lee de vuelta."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from pipeline.cli.control import _en_una_linea
from pipeline.config import PAQUETE
from pipeline.errores import ErrorConfiguracion, ErrorLibro
from pipeline.esquemas import crear_tabla, guardar_tabla
from pipeline.flujo import Contexto, abrir
from pipeline.flujo.control_interno import (
    armar_paquete,
    leer_registradas,
    muestra_de,
    registrar_observaciones,
)
from pipeline.informes import auditar_html
from pipeline.matriz import armar_matriz

RECIBIDO = datetime(2025, 10, 15, 9, 0)
METAS = {"M-01": ("SEDU", 8, 4.0, 3.0), "M-02": ("SEDU", 9, 10.0, 5.0), "M-03": ("SSAL", 8, 2.0, None)}
MALICIA = "<script>alert(1)</script> & aulas"


@pytest.fixture(scope="module")
def contexto(tmp_path_factory: pytest.TempPathFactory) -> Contexto:
    """Una entidad con tres metas y dos libros de verdad, y sus tablas ya calculadas."""
    raiz = tmp_path_factory.mktemp("control")
    shutil.copy(PAQUETE.parent / "seguimiento.toml", raiz)
    contexto = abrir(2025, "T3", raiz)
    libros = {d: _escribir_libro(contexto, d) for d in ("SEDU", "SSAL")}
    _escribir_tablas(contexto, libros)
    return contexto


def _escribir_libro(contexto: Contexto, dependencia: str) -> str:
    """Huella del libro guardado como lo guarda la recepción: lo ejecutado va en la columna L."""
    carpeta = contexto.rutas.crudos_corte(contexto.corte, "pi") / dependencia
    carpeta.mkdir(parents=True)
    libro = openpyxl.Workbook()
    hoja = libro.active
    assert hoja is not None
    hoja.title = "Plan Indicativo"
    for meta, (duena, fila, programado, ejecutado) in METAS.items():
        if duena == dependencia:
            hoja[f"A{fila}"], hoja[f"K{fila}"], hoja[f"L{fila}"] = meta, programado, ejecutado
    provisional = carpeta / "libro.xlsx"
    libro.save(provisional)
    huella = hashlib.sha256(provisional.read_bytes()).hexdigest()
    guardado = provisional.rename(carpeta / f"20251010T080000__{huella[:8]}.xlsx")
    ficha = {
        "archivo": f"PI_{dependencia}.xlsx",
        "ruta": guardado.relative_to(contexto.rutas.crudos).as_posix(),
        "sha256": huella,
        "bytes": guardado.stat().st_size,
        "recibido_en": "2025-10-10T08:00:00-05:00",
        "formato": "pi_propio",
        "dependencia": dependencia,
        "instrumento": "pi",
    }
    guardado.with_suffix(".json").write_text(json.dumps(ficha), encoding="utf-8")
    return huella


def _escribir_tablas(contexto: Contexto, libros: dict[str, str]) -> None:
    corte = {"vigencia": 2025, "periodo": "T3"}
    lugares = {
        m: {"archivo": f"PI_{d}.xlsx", "sha256": libros[d], "hoja": "Plan Indicativo", "fila": fila}
        for m, (d, fila, _, _) in METAS.items()
    }
    metas = [
        {
            **corte,
            "codigo_meta": m,
            "nombre_meta": MALICIA,
            "dependencia": d,
            "nombre_dependencia": d,
            "linea": "1",
            "nombre_linea": "Línea social",
            "programa": "2201",
            "nombre_programa": "Calidad",
            "nombre_indicador": "Aulas construidas",
            "unidad": "Número",
            "programado_vigencia": programado,
            "ejecutado_vigencia": ejecutado,
            "esperado": 0.75,
            "avance_crudo": ejecutado and ejecutado / programado,
            "estado_reporte": "sin_reporte" if ejecutado is None else "reportada",
            **lugares[m],
        }
        for m, (d, _, programado, ejecutado) in METAS.items()
    ]
    celdas = [
        {
            "tabla": "registros_pi",
            **lugares[m],
            "celda": f"{letra}{lugares[m]['fila']}",
            "vigencia": 2025,
            "campo": campo,
            "codigo_meta": m,
            "valor_crudo": None if valor is None else f"{valor:g}",
            "valor_numero": valor,
        }
        for m, (_, _, programado, ejecutado) in METAS.items()
        for campo, letra, valor in (
            ("programado_vigencia", "K", programado),
            ("ejecutado_vigencia", "L", ejecutado),
        )
    ]
    tablas = {
        "plan": crear_tabla("plan"),
        "entregas": crear_tabla("entregas", [_entrega(d, h) for d, h in libros.items()]),
        "hallazgos": crear_tabla("hallazgos"),
        "metas": crear_tabla("metas", metas),
        "indices": crear_tabla("indices", [_indice("plan", "PLAN"), _indice("dependencia", "SEDU")]),
        "alertas": crear_tabla("alertas"),
        "trazas": crear_tabla("trazas", [_traza(m) for m in METAS]),
        "trazas_nodos": crear_tabla("trazas_nodos"),
        "insumos": crear_tabla("insumos", [_insumo(c) for c in celdas if c["valor_numero"] is not None]),
        "conciliacion": crear_tabla("conciliacion"),
        "celdas": crear_tabla("celdas", celdas),
    }
    tablas["matriz"] = armar_matriz(
        actividades=crear_tabla("actividades"),
        metas=tablas["metas"],
        registros_pi=crear_tabla("registros_pi"),
        vigencia=2025,
        **{n: tablas[n] for n in ("conciliacion", "entregas", "celdas")},
    )
    for nombre, tabla in tablas.items():
        guardar_tabla(nombre, tabla, contexto.rutas.procesados(contexto.corte))


def _entrega(dependencia: str, sha256: str) -> dict[str, object]:
    return {
        "vigencia": 2025,
        "periodo": "T3",
        "instrumento": "pi",
        "dependencia": dependencia,
        "version": 1,
        "nombre_dependencia": dependencia,
        "archivo": f"PI_{dependencia}.xlsx",
        "sha256": sha256,
        "estado": "aceptada",
        "oportunidad": "a_tiempo",
        "recibido_en": "2025-10-10T08:00:00-05:00",
    }


def _indice(nivel: str, codigo: str) -> dict[str, object]:
    cuentas = ["n_metas", "n_programadas", "n_reportadas", "n_sin_reporte", "n_devueltas", "n_no_programadas"]
    comun = {"vigencia": 2025, "periodo": "T3", "nivel": nivel, "codigo": codigo, "nombre": codigo}
    return {**comun, **dict.fromkeys([*cuentas, "n_sobre_100"], 1), "semaforo": "medio"}


def _traza(meta: str) -> dict[str, object]:
    return {"codigo_meta": meta, "medida": "avance", "formula": f"avance de {meta}", "resultado": 0.5}


def _insumo(celda: dict[str, object]) -> dict[str, object]:
    campos = ("codigo_meta", "campo", "vigencia", "archivo", "sha256", "hoja", "celda", "valor_crudo")
    return {"medida": "avance", "valor": celda["valor_numero"], **{c: celda[c] for c in campos}}


@pytest.fixture(scope="module")
def paquete(contexto: Contexto) -> Path:
    return armar_paquete(contexto, tamano=3)


def _hoja(ruta: Path, nombre: str) -> list[dict[str, object]]:
    """Filas de una hoja con su encabezado en la fila 1 (o la 4, en la de verificación)."""
    valores = list(openpyxl.load_workbook(ruta, data_only=True)[nombre].iter_rows(values_only=True))
    inicio = next(n for n, f in enumerate(valores) if "Código de la meta" in f)
    return [dict(zip(map(str, valores[inicio]), f, strict=True)) for f in valores[inicio + 1 :]]


def test_el_paquete_esta_completo_y_sus_huellas_cuadran(paquete: Path) -> None:
    renglones = (paquete / "huellas.txt").read_text(encoding="utf-8").splitlines()
    huellas = {nombre: huella for huella, nombre in (r.split("  ", 1) for r in renglones)}
    archivos = {r.relative_to(paquete).as_posix() for r in paquete.rglob("*") if r.is_file()} - {
        "huellas.txt"
    }
    assert set(huellas) == archivos
    assert {n: hashlib.sha256((paquete / n).read_bytes()).hexdigest() for n in archivos} == huellas
    leame = (paquete / "LEAME.md").read_text(encoding="utf-8")
    assert not [n for n in archivos if n.split("/")[0] not in leame]
    assert "73001-2025-T3" in leame and "sha256sum -c huellas.txt" in leame


def test_cada_cifra_de_la_muestra_esta_en_la_celda_que_dice(paquete: Path) -> None:
    filas = _hoja(paquete / "verificacion_de_la_muestra.xlsx", "Muestra")
    assert {f["Código de la meta"] for f in filas} == set(METAS)
    manifiesto = json.loads((paquete / "manifiesto_del_paquete.json").read_text(encoding="utf-8"))
    copias = {libro["nombre"]: paquete / libro["archivo"] for libro in manifiesto["libros_de_la_muestra"]}
    for fila in filas:
        libro = openpyxl.load_workbook(copias[str(fila["Libro"])])
        assert libro[str(fila["Hoja"])][str(fila["Celda"])].value == fila["Ejecutado"]
        assert fila["¿Coincide?"] is None and fila["Observación"] is None
    por_meta = {f["Código de la meta"]: f for f in filas}
    assert por_meta["M-01"]["Avance"] == 0.75 and por_meta["M-03"]["Ejecutado"] is None


def test_la_pagina_de_trazas_muestra_cada_meta_y_no_ejecuta_lo_que_traen_los_libros(paquete: Path) -> None:
    pagina = (paquete / "trazas_de_la_muestra.html").read_text(encoding="utf-8")
    assert auditar_html(pagina) == []
    assert all(f"avance de {meta}" in pagina for meta in METAS)
    assert "<script>" not in pagina and "&lt;script&gt;" in pagina
    assert "<details>" not in pagina  # todo desplegado: se imprime


def test_la_evaluacion_trae_llenos_los_campos_1_a_5_y_vacios_los_demas(paquete: Path) -> None:
    libro = openpyxl.load_workbook(paquete / "evaluacion_por_dependencias.xlsx")
    assert libro.sheetnames == ["SEDU", "SSAL", "_control"]
    celdas = {str(c.value): c for fila in libro["SEDU"].iter_rows() for c in fila if c.value is not None}
    assert (
        libro["SEDU"].cell(celdas["2. Dependencia a evaluar"].row, 2).value
        == "Secretaría de Educación (SEDU)"
    )
    assert "Línea 1. Línea social\nPrograma 2201. Calidad" in celdas
    compromiso = next(c for texto, c in celdas.items() if texto.startswith("M-02"))
    assert [c.value for c in libro["SEDU"][compromiso.row]][1:] == [
        "Aulas construidas (Número)",
        "50,0 %",
        "Ejecutó 5 de 10 (Número). Se esperaba 75,0 % al corte.",
    ]
    for rotulo in (
        "6. Evaluación de la Oficina de Control Interno a los compromisos",
        "7. Recomendaciones de mejoramiento",
    ):
        assert libro["SEDU"].cell(celdas[rotulo].row + 1, 1).value is None
    for rotulo in ("8. Fecha", "9. Firma"):
        assert libro["SEDU"].cell(celdas[rotulo].row, celdas[rotulo].column + 1).value is None
    textos = [str(c.value) for fila in libro["SSAL"].iter_rows() for c in fila if c.value is not None]
    assert "s. d." in textos and any(t.startswith("Sin reporte aceptado al corte") for t in textos)


def test_la_orden_dice_cuantas_metas_salieron_y_por_que_no_son_las_pedidas(paquete: Path) -> None:
    assert len(muestra_de(paquete)) == 3
    assert _en_una_linea(3, 3) == "Muestra: 3 metas."
    assert _en_una_linea(3, 100_000) == (
        "Muestra: 3 metas; se pidieron 100.000 y no hay más metas programadas con dependencia."
    )
    assert _en_una_linea(25, 4).endswith("se pidieron 4 y sale al menos una por dependencia.")


def test_el_paquete_se_rehace_igual_y_no_pisa_lo_ajeno(
    contexto: Contexto, paquete: Path, tmp_path: Path
) -> None:
    otro = armar_paquete(contexto, tmp_path / "otro", tamano=3)
    assert (otro / "huellas.txt").read_bytes() == (paquete / "huellas.txt").read_bytes()
    ajena = tmp_path / "ajena"
    ajena.mkdir()
    (ajena / "tesis.docx").write_text("no borrar", encoding="utf-8")
    with pytest.raises(ErrorConfiguracion, match="ajena tiene otros archivos"):
        armar_paquete(contexto, ajena)
    assert (ajena / "tesis.docx").is_file()
    assert not [r for r in (*tmp_path.iterdir(), *paquete.parent.iterdir()) if r.name.startswith(".")]


def _llenar(origen: Path, destino: Path, hoja: str, valores: dict[str, object]) -> Path:
    """El libro con esos valores escritos por celda, como lo haría una persona."""
    libro = openpyxl.load_workbook(origen)
    for celda, valor in valores.items():
        libro[hoja][celda] = valor
    libro.save(destino)
    return destino


def _celda(ruta: Path, hoja: str, titulo: str, fila: int) -> str:
    for celdas in openpyxl.load_workbook(ruta)[hoja].iter_rows():
        for celda in celdas:
            if celda.value == titulo:
                return f"{celda.column_letter}{celda.row + fila}"
    raise AssertionError(titulo)


def test_lo_que_llena_control_interno_se_lee_de_vuelta(
    contexto: Contexto, paquete: Path, tmp_path: Path
) -> None:
    verificacion = paquete / "verificacion_de_la_muestra.xlsx"
    meta = _hoja(verificacion, "Muestra")[1]["Código de la meta"]
    lleno = _llenar(
        verificacion,
        tmp_path / "verificado.xlsx",
        "Muestra",
        {
            _celda(verificacion, "Muestra", "¿Coincide?", 2): "No coincide",
            _celda(verificacion, "Muestra", "Valor encontrado", 2): 4,
            _celda(verificacion, "Muestra", "Observación", 2): "El acta dice 4",
            _celda(verificacion, "Muestra", "Fecha de la verificación", 2): datetime(2025, 11, 3),
        },
    )
    registradas = registrar_observaciones(contexto, lleno, RECIBIDO)
    assert len(registradas) == 1  # las que dejó en blanco no salen
    fila = registradas.iloc[0]
    assert (fila["codigo_meta"], fila["resultado"], fila["valor_encontrado"]) == (meta, "no_coincide", "4")
    assert (fila["evaluacion"], fila["fecha"], fila["tipo"]) == ("El acta dice 4", "2025-11-03", "meta")

    evaluacion = paquete / "evaluacion_por_dependencias.xlsx"
    rotulo = "6. Evaluación de la Oficina de Control Interno a los compromisos"
    evaluado = _llenar(
        evaluacion,
        tmp_path / "evaluado.xlsx",
        "SSAL",
        {
            _celda(evaluacion, "SSAL", rotulo, 1): "Sin reporte",
            _celda(evaluacion, "SSAL", "7. Recomendaciones de mejoramiento", 1): "Reportar a tiempo",
        },
    )
    registrar_observaciones(contexto, evaluado, RECIBIDO)
    registrar_observaciones(contexto, evaluado, RECIBIDO)  # el mismo libro no cuenta dos veces

    todas = leer_registradas(contexto).set_index("tipo")
    assert sorted(todas.index) == ["dependencia", "meta"]
    assert todas.loc["dependencia", "dependencia"] == "SSAL"
    assert todas.loc["dependencia", "recomendacion"] == "Reportar a tiempo"
    guardados = contexto.rutas.crudos_corte(contexto.corte, "control_interno")
    assert len(list(guardados.glob("*.xlsx"))) == 2

    # El último libro manda sobre la misma meta.
    corregido = _llenar(
        lleno,
        tmp_path / "v2.xlsx",
        "Muestra",
        {
            _celda(verificacion, "Muestra", "¿Coincide?", 2): "Coincide",
        },
    )
    registrar_observaciones(contexto, corregido, RECIBIDO.replace(hour=10))
    de_metas = leer_registradas(contexto).query("tipo == 'meta'")
    assert de_metas["resultado"].tolist() == ["coincide"]


def test_un_libro_que_no_sirve_se_rechaza_diciendo_por_que(
    contexto: Contexto, paquete: Path, tmp_path: Path
) -> None:
    verificacion = paquete / "verificacion_de_la_muestra.xlsx"
    antes = sorted(contexto.rutas.crudos.rglob("*"))
    with pytest.raises(ErrorLibro, match="no trae ninguna observación.*Llénelo y vuelva a registrarlo"):
        registrar_observaciones(contexto, verificacion, RECIBIDO)
    resultado = _celda(verificacion, "Muestra", "¿Coincide?", 1)
    malo = _llenar(verificacion, tmp_path / "malo.xlsx", "Muestra", {resultado: "más o menos"})
    with pytest.raises(ErrorLibro, match=f"«más o menos» no es un resultado en Muestra!{resultado}"):
        registrar_observaciones(contexto, malo, RECIBIDO)
    de_otro = _llenar(verificacion, tmp_path / "t2.xlsx", "_control", {"B3": "T2"})
    with pytest.raises(ErrorLibro, match="es del corte 2025-T2 y se pidió el 2025-T3"):
        registrar_observaciones(contexto, de_otro, RECIBIDO)
    pd.DataFrame({"a": [1]}).to_excel(tmp_path / "otro.xlsx")
    with pytest.raises(ErrorLibro, match="no es un libro del paquete"):
        registrar_observaciones(contexto, tmp_path / "otro.xlsx", RECIBIDO)
    (tmp_path / "roto.xlsx").write_bytes(b"PK no es un libro")
    with pytest.raises(ErrorLibro, match="no se puede abrir"):
        registrar_observaciones(contexto, tmp_path / "roto.xlsx", RECIBIDO)
    with pytest.raises(ErrorLibro, match="no existe"):
        registrar_observaciones(contexto, tmp_path / "nada.xlsx", RECIBIDO)
    assert sorted(contexto.rutas.crudos.rglob("*")) == antes  # nada que no se entienda queda guardado
