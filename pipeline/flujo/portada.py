"""La portada del corte: index.html y resumen.json, que se rehacen solo si algo de lo que muestran cambió."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from pipeline import publicacion
from pipeline.esquemas import leer_tabla
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.devolucion import CARPETA, PAGINA
from pipeline.flujo.produccion import Resultado, Tarea
from pipeline.informes.exportador import hoja_de_estilo
from pipeline.manifiesto import escribir_json, huella_archivo, huella_texto, leer_json, motivo_para_rehacer

CONSTANCIA = ".portada.json"  # oculta: no es una salida, es con qué se hizo


def portada_al_dia(contexto: Contexto, tareas: Sequence[Tarea]) -> bool:
    """Si la portada y las correcciones publicadas son las que corresponden a esas tareas, byte por byte."""
    carpeta = contexto.rutas.informes(contexto.corte)
    constancia = leer_json(carpeta / CONSTANCIA)
    if constancia is None or constancia.get("clave") != _clave(tareas):
        return False
    salidas: dict[str, str] = constancia.get("salidas", {})
    intactas = all(
        (carpeta / n).is_file() and huella_archivo(carpeta / n) == huella for n, huella in salidas.items()
    )
    devueltas = [carpeta / nombre for nombre in constancia.get("correcciones", [])]
    return intactas and all(motivo_para_rehacer(c, {}) is None for c in devueltas)


def constar_portada(contexto: Contexto, tareas: Sequence[Tarea]) -> None:
    """Deja escrito con qué se hicieron la portada y las correcciones, para no rehacerlas sin motivo."""
    carpeta = contexto.rutas.informes(contexto.corte)
    devueltas = sorted(m.parent for m in (carpeta / CARPETA).rglob("manifiesto.json"))
    escribir_json(
        carpeta / CONSTANCIA,
        {
            "clave": _clave(tareas),
            "salidas": {n: huella_archivo(carpeta / n) for n in ("index.html", "resumen.json")},
            "correcciones": [c.relative_to(carpeta).as_posix() for c in devueltas],
        },
    )


def _clave(tareas: Sequence[Tarea]) -> str:
    return huella_texto(*(json.dumps([t.nombre, dict(t.clave)], sort_keys=True) for t in tareas))


def publicar_portada(contexto: Contexto, resultados: Sequence[Resultado]) -> Path:
    """Ruta del index.html del corte; al lado quedan resumen.json y manifiesto de la corrida."""
    carpeta = contexto.rutas.informes(contexto.corte)
    procesados = contexto.rutas.procesados(contexto.corte)
    tablas = {n: leer_tabla(n, procesados) for n in ("indices", "entregas", "alertas", "hallazgos")}
    resumen = publicacion.resumir(**tablas)
    entidad = contexto.config.entidad
    corte = {"vigencia": contexto.corte.vigencia, "periodo": contexto.corte.periodo.value}
    escribir_json(
        carpeta / "resumen.json",
        {**corte, "entidad": entidad.nombre, "dane": entidad.dane, **resumen}
        | {"datos_sinteticos": contexto.rutas.es_demostracion},
    )
    nombres = {d.codigo: d.nombre for d in contexto.config.dependencias}
    fichas = {r.dependencia: asdict(r) for r in resultados if r.dependencia}
    return publicacion.escribir_portada(
        carpeta / "index.html",
        {
            "css": hoja_de_estilo(),
            "entidad": entidad.model_dump(),
            "corte": contexto.corte,
            "resumen": resumen,
            "razon_financiera": contexto.config.metodo.ejecucion_financiera.replace("/", " sobre "),
            "dependencias": publicacion.renglones_por_dependencia(
                nombres, tablas["indices"], tablas["entregas"], fichas, _paginas_de_correcciones(carpeta)
            ),
            "resultados": [asdict(r) for r in resultados],
            "datos": {
                r.nombre: sorted(d.name for d in (carpeta / r.nombre / "datos").glob("*.csv"))
                for r in resultados
            },
            "es_demostracion": contexto.rutas.es_demostracion,
        },
    )


def _paginas_de_correcciones(carpeta: Path) -> dict[str, str]:
    """Por dependencia, la ruta de su página de correcciones relativa a la portada."""
    paginas = sorted((carpeta / CARPETA).glob(f"*/{PAGINA}"))
    return {ruta.parent.name: ruta.relative_to(carpeta).as_posix() for ruta in paginas}
