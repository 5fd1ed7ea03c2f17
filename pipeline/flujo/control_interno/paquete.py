"""Escribe la carpeta `paquete`: libros, trazas, método y manifiesto; mismos datos, mismos bytes."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import libros
from pipeline.archivos import leer_ficha, nombre_que_cabe
from pipeline.calidad.catalogo import catalogo_del_proyecto
from pipeline.errores import ErrorConfiguracion
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.control_interno import frases
from pipeline.flujo.control_interno.datos import Control, abrir_paquete
from pipeline.flujo.control_interno.evaluaciones import evaluaciones_de
from pipeline.flujo.vistas import opciones_del_metodo
from pipeline.formato_es import contar, fecha_larga
from pipeline.informes.exportador import hoja_de_estilo
from pipeline.informes.textos import trazas
from pipeline.libros.observaciones import EVALUACIONES, VERIFICACION
from pipeline.manifiesto import (
    escribir_json,
    huella_archivo,
    huella_codigo,
    huella_reglas,
    huellas_de_salidas,
    versiones,
)
from pipeline.publicacion import publicar_carpeta
from pipeline.tablas import tabla_del_informe

INFORME = "08_control_interno"
CARPETA = "paquete"
# No se llama manifiesto.json: esa es la marca de una carpeta de informe, y esta no lo es.
MANIFIESTO, HUELLAS = "manifiesto_del_paquete.json", "huellas.txt"
DE_MATRIZ = (
    "nombre_dependencia", "nivel", "codigo_meta", "nombre_meta", "codigo_actividad", "nombre_actividad",
    "bpin", "unidad", "estado", "programado", "ejecutado", "esperado", "calculado", "declarado", "diferencia",
    "inversion_calculada", "inversion_declarada", "evidencia", "observacion", "autoevaluacion",
    "decision_grupo", "motivo_grupo", "revisor", "n_quiebres", "quiebres", "version", "archivo", "hoja",
    "celda", "sha256",
)  # fmt: skip
DE_CONCILIACION = (
    "regla", "clase", "nombre_regla", "mensaje", "accion", "dependencia", "otra_dependencia", "codigo_meta",
    "bpin", "codigo_actividad", "instrumento_a", "archivo_a", "hoja_a", "celda_a", "valor_a",
    "instrumento_b", "archivo_b", "hoja_b", "celda_b", "valor_b",
)  # fmt: skip
DE_HALLAZGOS = (
    "severidad", "regla", "dependencia", "instrumento", "codigo_meta", "archivo", "hoja", "celda", "columna",
    "valor", "mensaje", "accion",
)  # fmt: skip


def armar_paquete(
    contexto: Contexto, carpeta: Path | None = None, *, semilla: str = "", tamano: int | None = None
) -> Path:
    """Carpeta del paquete, completa o nada, hecha de las tablas del corte.

    Args:
        contexto: entidad y corte, ya calculado.
        carpeta: dónde queda; por defecto, `paquete` dentro del informe 08 publicado.
        semilla: de la muestra; por defecto, el código DANE y el corte.
        tamano: metas de la muestra; por defecto, el sugerido (ver `pipeline.muestra`).

    Levanta ErrorEntorno si el corte no se ha calculado o no se puede escribir y ErrorConfiguracion si
    `carpeta` tiene otra cosa: nunca se borra lo que no es un paquete.
    """
    destino = carpeta or contexto.rutas.informes(contexto.corte) / INFORME / CARPETA
    if destino.exists() and not (destino / HUELLAS).is_file() and any(destino.iterdir()):
        raise ErrorConfiguracion(
            f"la carpeta {destino.name} tiene otros archivos", remedio="Indique una vacía"
        )
    control = abrir_paquete(contexto, semilla=semilla, tamano=tamano)
    trabajo = destino.with_name(f".{destino.name}.en_curso")
    shutil.rmtree(trabajo, ignore_errors=True)
    trabajo.mkdir(parents=True)
    try:
        _escribir_libros(control, trabajo)
        _escribir_por_llenar(control, trabajo)
        _escribir_textos(control, trabajo)
        citados = _copiar_libros(control, trabajo / "libros")
        _escribir_manifiesto(control, trabajo, citados)
        publicar_carpeta(trabajo, destino)
    finally:
        shutil.rmtree(trabajo, ignore_errors=True)
    return destino


def _escribir_libros(control: Control, carpeta: Path) -> None:
    fecha, rotulo = control.contexto.corte.fecha, _rotulo(control)
    libros.libro_de_tablas(
        carpeta / "matriz.xlsx",
        {"Matriz": control.matriz, "Conciliación": control.conciliacion},
        {"Matriz": "matriz", "Conciliación": "conciliacion"},
        titulo=f"Matriz de seguimiento · {rotulo}",
        fecha=fecha,
        columnas={"Matriz": DE_MATRIZ, "Conciliación": DE_CONCILIACION},
        notas=_notas(control),
    )
    libros.libro_de_tablas(
        carpeta / "hallazgos.xlsx",
        {"Hallazgos": control.datos.hallazgos_ordenados, "Alertas": control.datos.alertas_ordenadas},
        {"Hallazgos": "hallazgos", "Alertas": "alertas"},
        titulo=f"Hallazgos y alertas · {rotulo}",
        fecha=fecha,
        columnas={"Hallazgos": DE_HALLAZGOS},
        notas=_notas(control),
    )


def _escribir_por_llenar(control: Control, carpeta: Path) -> None:
    corte, rotulo = control.contexto.corte, _rotulo(control)
    comun = {"vigencia": str(corte.vigencia), "periodo": corte.periodo.value, "semilla": control.semilla}
    libros.escribir_verificacion(
        carpeta / "verificacion_de_la_muestra.xlsx",
        control.muestra_con_cifras,
        titulo=f"Verificación de la muestra · {rotulo}",
        fecha=corte.fecha,
        control={"formato": VERIFICACION, **comun},
        renglones=[
            f"Verificación de la muestra · {rotulo}",
            f"Semilla «{control.semilla}»: {contar(len(control.muestra), 'meta')} de {control.universo}. "
            "Control Interno llena las cinco columnas de fondo azul.",
        ],
        notas=_notas(control),
    )
    libros.escribir_evaluacion(
        carpeta / "evaluacion_por_dependencias.xlsx",
        evaluaciones_de(control),
        entidad=control.contexto.config.entidad.nombre,
        titulo=rotulo,
        fecha=corte.fecha,
        control={"formato": EVALUACIONES, **comun},
    )


def _escribir_textos(control: Control, carpeta: Path) -> None:
    _escribir(carpeta / "trazas_de_la_muestra.html", pagina_de_trazas(control))
    _escribir(carpeta / "LEAME.md", _leame(control))
    _escribir(carpeta / "reglas.md", catalogo_del_proyecto())
    opciones = opciones_del_metodo(control.contexto)
    filas = [f"| {o} | {v} |" for o, v in zip(opciones["opcion"], opciones["valor"], strict=True)]
    encabezado = [f"# Método de cálculo · {_rotulo(control)}", "", "| Opción | Valor |", "|---|---|"]
    _escribir(carpeta / "metodo.md", "\n".join([*encabezado, *filas, ""]))


def pagina_de_trazas(control: Control) -> str:
    """HTML autocontenido con la fórmula y las celdas de cada meta de la muestra, todo a la vista."""
    from markupsafe import Markup

    datos = control.datos_de_la_muestra
    # Los nodos (plan, líneas, dependencias) están en el informe; aquí solo va la muestra, desplegada.
    metas = trazas(replace(datos, trazas_nodos=datos.trazas_nodos.iloc[:0])).contenido.replace(
        "<details>", "<details open>"
    )
    citados = datos.insumos[datos.insumos["sha256"].isin(datos.origenes["sha256"])]
    pagina: str = _plantilla("trazas.html.j2").render(
        **_de_la_entidad(control),
        titulo="De cada cifra de la muestra a su celda",
        css=Markup(hoja_de_estilo()),  # noqa: S704 — es nuestra hoja de estilo
        entrada=frases.tamano(control),
        metas=Markup(metas),  # noqa: S704 — ya viene escapado
        libros=Markup(tabla_del_informe("control_libros", citados).html),  # noqa: S704
    )
    return pagina


def _leame(control: Control) -> str:
    corte = control.contexto.corte
    return str(
        _plantilla("LEAME.md.j2").render(
            **_de_la_entidad(control),
            vigencia=corte.vigencia,
            periodo=corte.periodo.value,
            archivos=frases.leer_textos()["archivos"],
            pasos=frases.pasos(control),
            semilla=control.semilla,
            tamano=frases.tamano(control),
            comprobar=frases.comprobar(control),
        )
    )


def _de_la_entidad(control: Control) -> dict[str, Any]:
    entidad = control.contexto.config.entidad
    return {
        "entidad": entidad.nombre,
        "oficina": entidad.oficina,
        "plan": entidad.plan,
        "procedimiento": entidad.procedimiento,
        "corte": str(control.contexto.corte),
        "es_demostracion": control.datos.es_demostracion,
    }


def _copiar_libros(control: Control, carpeta: Path) -> list[dict[str, str]]:
    """Copia los libros que citan las cifras de la muestra; de cada uno, su archivo aquí, nombre y huella."""
    carpeta.mkdir()
    guardados = _libros_guardados(control.contexto.rutas.crudos)
    citados = control.datos_de_la_muestra.origenes[["archivo", "sha256"]].drop_duplicates("sha256")
    copiados = []
    for archivo, sha256 in sorted(zip(citados["archivo"], citados["sha256"], strict=True)):
        origen = guardados.get(sha256)
        if origen is None:  # un cierre de otra vigencia pudo llegar por otra vía: se dice, no se inventa
            copiados.append({"archivo": "", "nombre": archivo, "sha256": sha256})
            continue
        libro = Path(archivo)
        nombre = nombre_que_cabe(f"{sha256[:8]}__{libro.stem}", libro.suffix)
        (carpeta / nombre).write_bytes(origen.read_bytes())
        copiados.append({"archivo": f"libros/{nombre}", "nombre": archivo, "sha256": sha256})
    return copiados


def _libros_guardados(crudos: Path) -> dict[str, Path]:
    """Ruta de cada libro de data/raw por su huella, según sus fichas."""
    guardados = {}
    for ficha in sorted(crudos.rglob("*.json")):
        datos: dict[str, Any] = leer_ficha(ficha, dict)
        if {"ruta", "sha256"} <= set(datos) and (crudos / datos["ruta"]).is_file():
            guardados[datos["sha256"]] = crudos / datos["ruta"]
    return guardados


def muestra_de(carpeta: Path) -> list[str]:
    """Los códigos de las metas que salieron en la muestra de un paquete ya escrito."""
    manifiesto: dict[str, Any] = leer_ficha(carpeta / MANIFIESTO, dict)
    return [str(codigo) for codigo in manifiesto["muestra"]]


def _escribir_manifiesto(control: Control, carpeta: Path, citados: list[dict[str, str]]) -> None:
    contexto = control.contexto
    escribir_json(
        carpeta / MANIFIESTO,
        {
            "version_manifiesto": 1,
            "corte": str(contexto.corte),
            "semilla": control.semilla,
            "muestra": control.muestra["codigo_meta"].tolist(),
            "insumos": _insumos(control.datos.insumos),
            "libros_de_la_muestra": citados,
            "codigo": huella_codigo(),
            "reglas": huella_reglas(contexto.rutas),
            "bibliotecas": versiones(),
        },
    )
    huellas = {**huellas_de_salidas(carpeta), MANIFIESTO: huella_archivo(carpeta / MANIFIESTO)}
    _escribir(carpeta / HUELLAS, "".join(f"{h}  {nombre}\n" for nombre, h in sorted(huellas.items())))


def _insumos(insumos: pd.DataFrame) -> list[Mapping[str, str]]:
    filas = insumos.fillna("").to_dict("records")
    return [{str(k): str(v) for k, v in fila.items()} for fila in filas]


def _notas(control: Control) -> list[str]:
    entidad = control.contexto.config.entidad
    corte = control.contexto.corte
    notas = [
        f"{entidad.nombre} · {entidad.plan} · {entidad.procedimiento}",
        f"Corte {corte}, a {fecha_larga(corte.fecha)}. Lo vacío no es cero: es sin dato.",
    ]
    return [*notas, "Datos sintéticos de demostración."] if control.datos.es_demostracion else notas


def _rotulo(control: Control) -> str:
    return f"{control.contexto.config.entidad.nombre} · corte {control.contexto.corte}"


def _plantilla(nombre: str) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    ambiente = Environment(
        loader=FileSystemLoader(frases.CARPETA),
        autoescape=select_autoescape(["html.j2"]),  # el LEAME es texto
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return ambiente.get_template(nombre)


def _escribir(destino: Path, texto: str) -> None:
    destino.write_text(texto, encoding="utf-8", newline="\n")
