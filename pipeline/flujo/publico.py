"""El sitio público: Plan de Acción, informes y datos abiertos de los cortes, sin datos personales."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import publicacion, sellos
from pipeline.errores import ErrorConfiguracion, ErrorEntorno, ErrorInforme
from pipeline.esquemas import leer_tabla
from pipeline.flujo.contexto import Contexto, abrir
from pipeline.flujo.plan_de_accion_publico import pagina_del_plan_de_accion
from pipeline.flujo.portada import comunes, cortes_publicados
from pipeline.flujo.registros_publicacion import (
    Publicacion,
    en_una_oracion,
    guardar_constancia,
    leer_publicaciones,
    preparar_constancia,
)
from pipeline.manifiesto import escribir_json, leer_json
from pipeline.modelo import Corte, Periodo
from pipeline.publicacion import Reserva

MARCA = "datapackage.json"
CON_NOMBRES = {"plan": ("responsable",), "registros_pa": ("responsable",), "registros_pi": ("responsable",)}
CON_NOMBRES |= {"revisiones": ("revisor",), "alertas": ("responsable",)}
SIN_DIRECCION = (
    "no se escribió sitemap.xml ni constancia de publicación: indique la dirección del sitio con --direccion"
)
_ETIQUETA = re.compile(r"<(style|script|svg)\b.*?</\1>|<[^>]+>", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitio:
    """Qué quedó publicado y qué no."""

    carpeta: Path
    cortes: tuple[str, ...]
    vigencias: tuple[int, ...]  # con página de Plan de Acción
    n_tablas: int
    n_informes: int
    n_suprimidas: int  # celdas de texto con un dato personal suprimido
    constancias: tuple[Publicacion, ...] = ()
    avisos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Obra:
    """Lo que se va armando: el contexto del corte más reciente, dónde se escribe y qué es reservado."""

    contexto: Contexto
    cortes: Sequence[dict[str, Any]]
    carpeta: Path
    reserva: Reserva


def publicar_sitio(
    contexto: Contexto, destino: Path, *, direccion: str = "", fecha: date | None = None
) -> Sitio:
    """Escribe el sitio completo en `destino`, o nada; quien lo mire ve el anterior o el nuevo.

    `direccion` es la dirección web donde quedará (https://…): con ella se escribe sitemap.xml y, si además
    se dice la `fecha`, la constancia de publicación de cada Plan de Acción (data/raw/registros). Un informe
    en el que se halle un dato personal no se publica y el aviso lo dice. Levanta ErrorEntorno si no hay
    cortes publicados y ErrorConfiguracion si `destino` no es un sitio nuestro o la dirección no sirve.
    """
    _exigir_destino(contexto, destino)
    if direccion and not re.fullmatch(r"https?://[^\s<>\"']+", direccion):
        raise ErrorConfiguracion(f"la dirección «{direccion}» no sirve", remedio="Escríbala con https://")
    cortes = cortes_publicados(contexto.rutas.raiz / "reports")
    if not cortes:
        raise ErrorEntorno("no hay ningún corte publicado", remedio="Ejecute «seguimiento correr»")
    provisional = destino.with_name(f".{destino.name}.en_curso")
    shutil.rmtree(provisional, ignore_errors=True)
    provisional.mkdir(parents=True)
    ultimo = abrir(cortes[0]["vigencia"], cortes[0]["periodo"], contexto.rutas.raiz)
    reserva = publicacion.reserva(_nombres(ultimo, cortes))
    obra = _Obra(contexto=ultimo, cortes=cortes, carpeta=provisional, reserva=reserva)
    try:
        sitio = _construir(obra, direccion, fecha)
        _comprobar(obra)
    except BaseException:
        shutil.rmtree(provisional, ignore_errors=True)
        raise
    publicacion.publicar_carpeta(provisional, destino)
    for constancia in sitio.constancias if fecha else ():
        guardar_constancia(_en_vigencia(ultimo, constancia.vigencia), constancia)
    return Sitio(**{**{n: getattr(sitio, n) for n in Sitio.__slots__}, "carpeta": destino})


def _construir(obra: _Obra, direccion: str, fecha: date | None) -> Sitio:
    definicion = publicacion.definicion_del_sitio()
    recursos, suprimidas = _escribir_datos(obra)
    informes, avisos = _copiar_informes(obra)
    vigencias = _vigencias(obra)
    comun = {**comunes(obra.contexto), "periodos": publicacion.PERIODOS}
    paginas = [
        pagina_del_plan_de_accion(obra.contexto, obra.cortes, vigencia, obra.carpeta, comun, obra.reserva)
        for vigencia in vigencias
    ]
    constancias = _constancias(obra, vigencias, direccion, fecha)
    datos = {
        **comun,
        "constancias": {
            c.vigencia: f"{en_una_oracion(c)} Huella SHA-256 de la página: {c.huella}." for c in constancias
        },
        "cortes": [{**c, "estado": _estado(obra, c)} for c in obra.cortes],
        "informes": informes,
        "vigencias": vigencias,
        "recursos": recursos,
        "tablas": [publicacion.contrato_publico(nombre) for nombre in definicion["tablas"]],
        "reservadas": definicion["columnas_reservadas"],
        "licencia": definicion["licencia"],
    }
    inicio = publicacion.escribir_pagina("inicio.html.j2", obra.carpeta / "index.html", datos)
    abiertos = publicacion.escribir_pagina("datos.html.j2", obra.carpeta / "datos" / "index.html", datos)
    propias = [inicio, *paginas, abiertos]
    _escribir_mapa(obra.carpeta, direccion, propias)
    if not direccion:
        avisos = [*avisos, SIN_DIRECCION]
    return Sitio(
        carpeta=obra.carpeta,
        cortes=tuple(f"{c['vigencia']}-{c['periodo']}" for c in obra.cortes),
        vigencias=vigencias,
        n_tablas=len(recursos),
        n_informes=sum(map(len, informes.values())),
        n_suprimidas=suprimidas,
        constancias=tuple(constancias),
        avisos=tuple(avisos),
    )


def _exigir_destino(contexto: Contexto, destino: Path) -> None:
    ajena = destino.exists() and not (destino.is_dir() and _es_nuestra(destino))
    if ajena or destino.resolve() in {contexto.rutas.raiz.resolve(), *contexto.rutas.raiz.resolve().parents}:
        raise ErrorConfiguracion(
            f"{destino.name} ya existe y no es un sitio de «seguimiento publicar»",
            remedio="Elija con --destino una carpeta nueva: la que se indique se reemplaza entera",
        )


def _es_nuestra(carpeta: Path) -> bool:
    paquete = leer_json(carpeta / MARCA)
    vacia = not any(carpeta.iterdir())
    return vacia or (paquete is not None and str(paquete.get("name", "")).startswith("seguimiento-plan-"))


def _nombres(contexto: Contexto, cortes: Sequence[Mapping[str, Any]]) -> set[str]:
    """Nombres de personas escritos en los libros de los cortes que se publican."""
    oficinas = [t for d in contexto.config.dependencias for t in (d.nombre, *d.alias, d.codigo)]
    nombres = publicacion.nombres_de_personas((d.responsable for d in contexto.config.dependencias), oficinas)
    for corte in cortes:
        carpeta = _procesados(contexto, corte)
        for tabla, columnas in CON_NOMBRES.items():
            if (carpeta / f"{tabla}.parquet").is_file():
                leida = leer_tabla(tabla, carpeta)
                for columna in columnas:
                    nombres |= publicacion.nombres_de_personas(leida[columna].dropna().unique(), oficinas)
    return nombres


def _procesados(contexto: Contexto, corte: Mapping[str, Any]) -> Path:
    return contexto.rutas.raiz / "data" / "processed" / str(corte["vigencia"]) / str(corte["periodo"])


def _estado(obra: _Obra, corte: Mapping[str, Any]) -> str:
    nombre = f"{corte['vigencia']}-{corte['periodo']}"
    ultimo = sellos.ultimo_del_corte(sellos.leer_sellos(obra.contexto.rutas.crudos), nombre)
    cerrado = ultimo is not None and ultimo.clase == "cierre"
    return (
        "Cifras definitivas: el corte está cerrado."
        if cerrado
        else "Cifras preliminares: el corte sigue abierto."
    )


def _vigencias(obra: _Obra) -> tuple[int, ...]:
    """Las de los cortes publicados y, tras un T4, la siguiente: su plan se publica antes del 31 de enero."""
    con_cortes = {int(c["vigencia"]) for c in obra.cortes}
    siguientes = {int(c["vigencia"]) + 1 for c in obra.cortes if c["periodo"] == "T4"}
    del_cuatrienio = set(obra.contexto.config.entidad.vigencias)
    return tuple(sorted(con_cortes | (siguientes & del_cuatrienio), reverse=True))


def _constancias(
    obra: _Obra, vigencias: Sequence[int], direccion: str, fecha: date | None
) -> list[Publicacion]:
    """La de cada Plan de Acción, con lo que se publica ahora si hay dirección y fecha; si no, la última."""
    halladas: list[Publicacion] = []
    for vigencia in vigencias:
        contexto = _en_vigencia(obra.contexto, vigencia)
        if direccion and fecha is not None:
            cuantas = _actividades(obra, vigencia)
            halladas.append(
                preparar_constancia(
                    contexto, obra.carpeta, actividades=cuantas, direccion=direccion, fecha=fecha
                )
            )
        else:
            halladas += leer_publicaciones(contexto)[-1:]
    return halladas


def _actividades(obra: _Obra, vigencia: int) -> int:
    """Cuántas muestra la página: las del corte publicado más reciente de la vigencia."""
    ultimo = next((c for c in obra.cortes if int(c["vigencia"]) == vigencia), None)
    return len(_leer(obra, "actividades", ultimo)) if ultimo else 0


def _en_vigencia(contexto: Contexto, vigencia: int) -> Contexto:
    return replace(contexto, corte=Corte(vigencia=vigencia, periodo=Periodo.T1))


def _escribir_datos(obra: _Obra) -> tuple[list[dict[str, Any]], int]:
    recursos, suprimidas = [], 0
    for nombre, acerca in publicacion.definicion_del_sitio()["tablas"].items():
        contrato = publicacion.contrato_publico(nombre)
        tabla = _apilar(obra, nombre) if acerca["por_corte"] else _leer(obra, nombre, obra.cortes[0])
        tabla, cambiadas = publicacion.suprimir(tabla[contrato.nombres], obra.reserva)
        suprimidas += cambiadas
        archivo = publicacion.escribir_csv(tabla, obra.carpeta / "datos" / f"{nombre}.csv")
        recursos.append(publicacion.recurso(contrato, archivo, f"datos/{nombre}.csv", tabla))
    diccionario = [
        {
            "tabla": contrato.tabla,
            "columna": columna.nombre,
            "tipo": columna.tipo,
            "unidad": columna.unidad,
            "significado": columna.significado,
            "valores": ", ".join(columna.valores),
        }
        for contrato in map(publicacion.contrato_publico, publicacion.definicion_del_sitio()["tablas"])
        for columna in contrato.columnas
    ]
    publicacion.escribir_csv(pd.DataFrame(diccionario), obra.carpeta / "datos" / "diccionario.csv")
    entidad = obra.contexto.config.entidad.model_dump()
    sinteticos = "Datos sintéticos de demostración." if obra.contexto.rutas.es_demostracion else ""
    escribir_json(obra.carpeta / MARCA, publicacion.paquete(entidad, recursos, aviso=sinteticos))
    return recursos, suprimidas


def _apilar(obra: _Obra, nombre: str) -> pd.DataFrame:
    partes = []
    for corte in reversed(obra.cortes):
        tabla = _leer(obra, nombre, corte)
        partes.append(tabla.assign(vigencia=int(corte["vigencia"]), periodo=str(corte["periodo"])))
    return pd.concat(partes, ignore_index=True)


def _leer(obra: _Obra, nombre: str, corte: Mapping[str, Any]) -> pd.DataFrame:
    return leer_tabla(nombre, _procesados(obra.contexto, corte))


def _copiar_informes(obra: _Obra) -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
    """Copia los informes publicables de cada corte; el que traiga un dato personal no sale y se avisa."""
    orden = {nombre: lugar for lugar, nombre in enumerate(publicacion.definicion_del_sitio()["informes"])}
    copiados: dict[str, list[dict[str, Any]]] = {}
    avisos = []
    for corte in obra.cortes:
        origen, relativa = obra.contexto.rutas.raiz / "reports" / corte["ruta"], f"informes/{corte['ruta']}"
        elegidos = sorted(
            (i for i in corte["informes"] if i["informe"] in orden and i["archivos"]),
            key=lambda i: (orden[i["informe"]], i["nombre"]),
        )
        copiados[corte["ruta"]] = []
        for informe in elegidos:
            clases = _personales_en(origen / informe["nombre"] / "informe.html", obra.reserva)
            if clases:
                avisos.append(f"{corte['ruta']}/{informe['nombre']} no se publica: trae {', '.join(clases)}")
                continue
            propios = [a for a in informe["archivos"] if a["es_informe"]]
            for archivo in propios:
                destino = obra.carpeta / relativa / archivo["ruta"]
                destino.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(origen / archivo["ruta"], destino)
            copiados[corte["ruta"]].append({**informe, "archivos": propios})
    return copiados, avisos


def _personales_en(pagina: Path, reserva: Reserva) -> list[str]:
    texto = pagina.read_text(encoding="utf-8")
    return publicacion.datos_personales(_ETIQUETA.sub("\n", texto), reserva)


def _escribir_mapa(carpeta: Path, direccion: str, paginas: Sequence[Path]) -> None:
    """sitemap.xml con las páginas y los informes; sin dirección no se puede (exige direcciones completas)."""
    if not direccion:
        return
    from urllib.parse import quote
    from xml.sax.saxutils import escape

    informes = sorted((carpeta / "informes").rglob("*.html"))
    relativas = [r.relative_to(carpeta).as_posix().removesuffix("index.html") for r in (*paginas, *informes)]
    raiz = direccion.rstrip("/")
    urls = "".join(f"<url><loc>{escape(f'{raiz}/{quote(r)}')}</loc></url>\n" for r in relativas)
    publicacion.escribir_texto(
        carpeta / "sitemap.xml",
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n',
    )
    publicacion.escribir_texto(
        carpeta / "robots.txt", f"User-agent: *\nAllow: /\nSitemap: {raiz}/sitemap.xml\n"
    )


def _comprobar(obra: _Obra) -> None:
    """Última puerta: nada de lo escrito tiene un dato personal. Un hallazgo aquí es un defecto nuestro."""
    for ruta in sorted(obra.carpeta.rglob("*")):
        if ruta.suffix in {".html", ".csv", ".json"}:
            clases = _personales_en(ruta, obra.reserva)
            if clases:
                raise ErrorInforme(
                    f"el sitio tendría {', '.join(clases)} y no se publica",
                    archivo=ruta.relative_to(obra.carpeta).as_posix(),
                    remedio="Revise recursos/publico/sitio.yml o corrija el texto en el libro",
                )
