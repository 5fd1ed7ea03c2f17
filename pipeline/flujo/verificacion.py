"""Comprueba que un corte sigue siendo lo que se publicó, y dice qué archivo o qué celda es distinta.

La referencia es el sello del corte si está cerrado; si no, las constancias que dejó la corrida.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import sellos
from pipeline.config import ARCHIVO, Rutas, cargar_config
from pipeline.errores import ErrorEntorno
from pipeline.esquemas import esquema, leer_tabla
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.portada import salidas_de_la_portada
from pipeline.flujo.registro import SIN_REVISION
from pipeline.flujo.sellos import huellas_del_corte, ultimo_sello
from pipeline.flujo.tareas import tareas_de_informes
from pipeline.manifiesto import CODIGO, huella_codigo, leer_manifiesto

MAXIMO = 20  # diferencias que se detallan de cada archivo
PROPIAS = ("formatos", "expectations", "notebooks", "cargas")
DE_LA_RAIZ = ("*.toml", "*.yml", "*.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Diferencia:
    """Algo que no es como se publicó."""

    donde: str  # archivo, relativo a la raíz de la entidad; y la celda si se sabe
    que: str

    def __str__(self) -> str:
        return f"{self.donde}: {self.que}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verificacion:
    """Resultado de verificar un corte."""

    corte: str
    referencia: str
    comprobados: int
    diferencias: tuple[Diferencia, ...]
    notas: tuple[str, ...] = ()

    @property
    def coincide(self) -> bool:
        """Si todo es como se publicó."""
        return not self.diferencias

    def __str__(self) -> str:
        cabeza = f"Corte {self.corte} contra {self.referencia}: {self.comprobados} archivos comprobados, "
        cuenta = "todo coincide." if self.coincide else f"{len(self.diferencias)} diferencias."
        return "\n".join([cabeza + cuenta, *(f"  ✘ {d}" for d in self.diferencias), *self.notas])


def verificar(contexto: Contexto, *, rapido: bool = False) -> Verificacion:
    """Compara el corte con su referencia; sin `rapido`, además lo rehace aparte desde data/raw y compara.

    Levanta ErrorEntorno si el corte no se ha corrido o si un sello está dañado.
    """
    referencia = _referencia(contexto)
    actuales = huellas_del_corte(contexto)
    diferencias = [Diferencia(donde="data/raw/sellos", que=f) for f in _cadena(contexto)]
    for clase in ("insumos", "reglas", "cuadernos", "enlaces"):
        diferencias += _comparar(contexto, referencia, clase, actuales[clase])
    posteriores = sorted(set(actuales["insumos"]) - set(referencia.de("insumos"))) if referencia.sello else []
    # Con otros insumos u otras reglas es de esperar que dé otra cosa: rehacerlo no diría nada nuevo.
    rehecho = [] if rapido or diferencias else _rehacer(contexto, posteriores)
    for clase in ("tablas", "informes"):
        diferencias += _comparar(contexto, referencia, clase, actuales[clase])
    diferencias += [Diferencia(donde=r, que="falta el informe, con su manifiesto") for r in referencia.faltan]
    dichas = {d.donde for d in diferencias}
    diferencias += [d for d in rehecho if d.donde not in dichas]
    return Verificacion(
        corte=str(contexto.corte),
        referencia=referencia.nombre,
        comprobados=sum(map(len, referencia.huellas.values())),
        diferencias=tuple(diferencias),
        notas=(*referencia.notas, *_notas(contexto, posteriores)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Referencia:
    """Lo que se publicó: la huella de cada archivo por clase, la configuración y qué informes faltan."""

    nombre: str
    huellas: Mapping[str, Mapping[str, str]]
    configuracion: Mapping[str, Any]
    sello: bool = False
    faltan: tuple[str, ...] = ()
    notas: tuple[str, ...] = ()

    def de(self, clase: str) -> Mapping[str, str]:
        """Las huellas de esa clase; vacío si la referencia no las trae."""
        return self.huellas.get(clase, {})


def _cadena(contexto: Contexto) -> list[str]:
    return sellos.faltas_de_la_cadena(contexto.rutas.crudos)


def _referencia(contexto: Contexto) -> _Referencia:
    """El último sello si el corte está cerrado; si no, las constancias que dejó la corrida."""
    crudos = contexto.rutas.crudos
    ultimo = ultimo_sello(contexto)
    if ultimo is None or ultimo.clase != "cierre":
        return _de_las_constancias(contexto)
    huella = sellos.huella_del_sello(crudos, ultimo)
    return _Referencia(
        nombre=f"el sello {ultimo.numero}",
        huellas=ultimo.huellas,
        configuracion=ultimo.configuracion,
        sello=True,
        notas=(f"  Compare con la que guardó al cerrar la huella del sello {ultimo.numero}: {huella}",),
    )


def _de_las_constancias(contexto: Contexto) -> _Referencia:
    rutas, corte = contexto.rutas, contexto.corte
    constancia = leer_manifiesto(rutas.procesados(corte))
    if constancia is None:
        raise ErrorEntorno(f"el corte {corte} no se ha corrido", remedio="Ejecute «seguimiento correr»")
    publicados = [t.destino for t in tareas_de_informes(contexto, con_pdf=False)]
    portada, correcciones = salidas_de_la_portada(contexto)
    informes = {_relativa(contexto, ruta): huella for ruta, huella in portada.items()}
    for carpeta in (*publicados, *correcciones):
        salidas = (leer_manifiesto(carpeta) or {}).get("salidas", {})
        informes |= {_relativa(contexto, carpeta / nombre): huella for nombre, huella in salidas.items()}
    return _Referencia(
        nombre="las constancias de la corrida",
        huellas={
            "insumos": {f"data/raw/{i['ruta']}": i["sha256"] for i in constancia["insumos"]},
            "reglas": constancia.get("reglas", {}),
            "tablas": {
                _relativa(contexto, rutas.procesados(corte) / n): h for n, h in constancia["salidas"].items()
            },
            "informes": informes,
        },
        configuracion=constancia.get("configuracion", {}),
        faltan=tuple(
            _relativa(contexto, c) for c in (*publicados, *correcciones) if leer_manifiesto(c) is None
        ),
    )


def _relativa(contexto: Contexto, ruta: Path) -> str:
    return ruta.relative_to(contexto.rutas.raiz).as_posix()


def _comparar(
    contexto: Contexto, referencia: _Referencia, clase: str, actuales: Mapping[str, str]
) -> list[Diferencia]:
    diferencias: list[Diferencia] = []
    for ruta, huella in sorted(referencia.de(clase).items()):
        if ruta not in actuales:
            diferencias.append(Diferencia(donde=ruta, que="falta"))
        elif actuales[ruta] != huella:
            detalle = _detallar(contexto, referencia, clase, ruta)
            diferencias += detalle or [Diferencia(donde=ruta, que="su contenido cambió")]
    if clase == "reglas" and referencia.de(clase):  # una regla nueva también cambia el resultado
        sobran = sorted(set(actuales) - set(referencia.de(clase)))
        diferencias += [Diferencia(donde=ruta, que="no estaba") for ruta in sobran]
    return diferencias


def _detallar(contexto: Contexto, referencia: _Referencia, clase: str, ruta: str) -> list[Diferencia]:
    """Qué celda del libro o qué clave de la configuración cambió; vacío si solo se sabe que cambió."""
    if clase == "insumos" and Path(ruta).suffix in {".xlsx", ".xlsm", ".xls", ".ods"}:
        return _celdas_cambiadas(contexto, ruta, referencia.de(clase)[ruta])
    if ruta == ARCHIVO:
        antes = _aplanar(referencia.configuracion)
        ahora = _aplanar(cargar_config(contexto.rutas.raiz).model_dump(mode="json"))
        cambios = [c for c in sorted({*antes, *ahora}) if antes.get(c) != ahora.get(c)] if antes else []
        return [
            Diferencia(donde=f"{ruta} › {c}", que=f"era «{antes.get(c, '')}» y es «{ahora.get(c, '')}»")
            for c in cambios[:MAXIMO]
        ]
    return []


def _aplanar(valor: object, prefijo: str = "") -> dict[str, str]:
    """Cada valor de la configuración con su clave completa: «umbrales.rezago», «dependencias.SSAL.nombre»."""
    if isinstance(valor, list) and valor and all(isinstance(v, dict) and "codigo" in v for v in valor):
        valor = {v["codigo"]: v for v in valor}
    if not isinstance(valor, Mapping):
        return {prefijo: str(valor)}
    return {
        clave: texto
        for nombre, parte in valor.items()
        for clave, texto in _aplanar(parte, f"{prefijo}.{nombre}" if prefijo else str(nombre)).items()
    }


def _celdas_cambiadas(contexto: Contexto, ruta: str, huella: str) -> list[Diferencia]:
    """Las celdas del libro que ya no dicen lo que se leyó de ellas, según la tabla `celdas`."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        celdas = leer_tabla("celdas", contexto.rutas.procesados(contexto.corte))
    except (ErrorEntorno, OSError, ValueError):  # la tabla también falta o está dañada, y se dirá
        return []
    leidas = celdas[(celdas["sha256"] == huella) & celdas["celda"].notna()]
    diferencias = []
    try:
        with CalamineWorkbook.from_path(contexto.rutas.raiz / ruta) as libro:
            hojas = {
                h: libro.get_sheet_by_name(h).to_python(skip_empty_area=False) for h in libro.sheet_names
            }
    except (CalamineError, OSError, ValueError):
        return [Diferencia(donde=ruta, que="su contenido cambió y ya no se puede abrir")]
    for fila in leidas.drop_duplicates(["hoja", "celda"]).to_dict("records"):
        ahora = _valor(hojas.get(str(fila["hoja"]), []), str(fila["celda"]))
        antes = "" if pd.isna(fila["valor_crudo"]) else str(fila["valor_crudo"])
        if not _es_lo_mismo(antes, ahora):
            donde = f"{ruta} › {fila['hoja']} › {fila['celda']}"
            diferencias.append(Diferencia(donde=donde, que=f"decía «{antes}» y dice «{ahora}»"))
    return diferencias[:MAXIMO]


def _valor(filas: list[list[Any]], celda: str) -> str:
    letras = "".join(c for c in celda if c.isalpha())
    columna = 0
    for letra in letras.upper():
        columna = columna * 26 + ord(letra) - 64
    try:
        return str(filas[int(celda[len(letras) :]) - 1][columna - 1])
    except (IndexError, ValueError):
        return ""


def _es_lo_mismo(antes: str, ahora: str) -> bool:
    if antes.strip() == ahora.strip():
        return True
    try:
        return float(antes) == float(ahora)
    except ValueError:
        return False


def _notas(contexto: Contexto, posteriores: Sequence[str]) -> list[str]:
    notas = [f"  Nota: {ruta} llegó después del sello y no cuenta en él." for ruta in posteriores]
    constancia = leer_manifiesto(contexto.rutas.procesados(contexto.corte)) or {}
    if constancia.get("clave", {}).get(CODIGO) != huella_codigo():
        revision = constancia.get("revision_git", SIN_REVISION)
        cual = f"Para comparar, instale la revisión {revision}."
        notas.append(
            "  Nota: el código o las bibliotecas no son los de esa corrida y rehacerla puede dar otros "
            f"bytes. {cual if revision != SIN_REVISION else 'No quedó anotado con qué revisión se corrió.'}"
        )
    return notas


def _rehacer(contexto: Contexto, posteriores: Sequence[str]) -> list[Diferencia]:
    """Corre el corte en una carpeta aparte, solo con data/raw y las reglas, y compara tablas e informes."""
    from pipeline.flujo.correr import Opciones, correr

    with tempfile.TemporaryDirectory(prefix="verificar-") as nombre:
        raiz = Path(nombre)
        for carpeta in ("data/raw", *PROPIAS):
            origen = contexto.rutas.raiz / carpeta
            if origen.is_dir():
                shutil.copytree(origen, raiz / carpeta)
        shutil.rmtree(raiz / "data" / "raw" / sellos.CARPETA, ignore_errors=True)  # allí nada está cerrado
        for ruta in posteriores:
            (raiz / ruta).unlink()
        for propio in (r for patron in DE_LA_RAIZ for r in contexto.rutas.raiz.glob(patron)):
            shutil.copy(propio, raiz)
        otro = replace(contexto, rutas=Rutas(raiz))
        con_pdf = any(contexto.rutas.informes(contexto.corte).rglob("informe.pdf"))
        corrida = correr(otro, Opciones(con_pdf=con_pdf))
        fallas = [Diferencia(donde=r.nombre, que=f"al rehacerlo falla: {r.motivo}") for r in corrida.fallidos]
        return fallas or _comparar_carpetas(contexto, otro)


def _comparar_carpetas(contexto: Contexto, otro: Contexto) -> list[Diferencia]:
    propias, rehechas = huellas_del_corte(contexto), huellas_del_corte(otro)
    diferencias: list[Diferencia] = []
    for ruta, huella in sorted(propias["tablas"].items()):
        if rehechas["tablas"].get(ruta) != huella:
            diferencias += filas_distintas(contexto, otro, Path(ruta).stem) or [
                Diferencia(donde=ruta, que="al rehacerla da otra cosa")
            ]
    for ruta, huella in sorted(propias["informes"].items()):
        es_comparable = Path(ruta).suffix in {".html", ".pdf", ".csv", ".xlsx"}
        if es_comparable and rehechas["informes"].get(ruta) != huella:
            diferencias.append(Diferencia(donde=ruta, que="al rehacerlo da otra cosa"))
    return diferencias


def filas_distintas(contexto: Contexto, otro: Contexto, nombre: str) -> list[Diferencia]:
    """Las filas y las celdas de la tabla que difieren entre los dos contextos, por su clave y su columna."""
    clave = list(esquema(nombre).clave)
    try:
        una = leer_tabla(nombre, contexto.rutas.procesados(contexto.corte))
    except (OSError, ValueError):  # ya no es un Parquet
        return [Diferencia(donde=f"tabla {nombre}", que="está dañada y no se puede leer")]
    otra = leer_tabla(nombre, otro.rutas.procesados(otro.corte))
    if not clave or una.duplicated(clave).any():
        return [Diferencia(donde=f"tabla {nombre}", que=f"tiene {len(una)} filas y al rehacerla {len(otra)}")]
    una, otra = una.set_index(clave).sort_index(), otra.set_index(clave).sort_index()
    faltan, sobran = otra.index.difference(una.index), una.index.difference(otra.index)
    filas = [Diferencia(donde=_fila(nombre, f), que="falta: al rehacerla está") for f in faltan]
    filas += [Diferencia(donde=_fila(nombre, f), que="sobra: al rehacerla no está") for f in sobran]
    comunes = una.index.intersection(otra.index)
    una, otra = una.loc[comunes], otra.loc[comunes]
    celdas = [d for columna in una for d in _celdas_distintas(nombre, una[columna], otra[columna])]
    return [*filas, *celdas][:MAXIMO]


def _fila(tabla: str, llave: object) -> str:
    return f"tabla {tabla} › {' '.join(map(str, llave)) if isinstance(llave, tuple) else llave}"


def _celdas_distintas(nombre: str, una: pd.Series[Any], otra: pd.Series[Any]) -> Iterable[Diferencia]:
    iguales = (una == otra).fillna(False) | (una.isna() & otra.isna())
    for llave in una.index[~iguales.astype(bool)][:MAXIMO]:
        yield Diferencia(
            donde=f"{_fila(nombre, llave)} › {una.name}",
            que=f"dice «{una.loc[llave]}» y al rehacerla da «{otra.loc[llave]}»",
        )
