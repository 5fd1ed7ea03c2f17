"""Comprueba que un corte sigue siendo lo que se publicó, y dice qué archivo o qué celda es distinta.

La referencia es el sello del corte si está cerrado; si no, las constancias que dejó la corrida.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import sellos
from pipeline.config import ARCHIVO, Rutas
from pipeline.errores import ErrorEntorno
from pipeline.esquemas import esquema, leer_tabla
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.sellos import huellas_del_corte
from pipeline.manifiesto import huella_codigo, huella_reglas, leer_manifiesto

MAXIMO = 20  # diferencias que se detallan de cada archivo
PROPIAS = ("formatos", "expectations", "notebooks")
CODIGO = "código y bibliotecas"
REGLAS = "configuración y reglas"


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
    esperadas, referencia = _referencia(contexto)
    actuales = huellas_del_corte(contexto)
    diferencias = [Diferencia(donde="data/raw/sellos", que=f) for f in _cadena(contexto)]
    for clase in sorted({"insumos", "reglas"} & set(esperadas)):
        diferencias += _comparar(contexto, clase, esperadas[clase], actuales[clase])
    diferencias += _reglas_cambiadas(contexto, referencia)
    # Con otros insumos u otras reglas es de esperar que dé otra cosa: rehacerlo no diría nada nuevo.
    rehecho = [] if rapido or diferencias else _rehacer(contexto)
    for clase in ("tablas", "informes"):
        diferencias += _comparar(contexto, clase, esperadas.get(clase, {}), actuales[clase])
    dichas = {d.donde for d in diferencias}
    diferencias += [d for d in rehecho if d.donde not in dichas]
    return Verificacion(
        corte=str(contexto.corte),
        referencia=referencia,
        comprobados=sum(map(len, esperadas.values())),
        diferencias=tuple(diferencias),
        notas=tuple(_notas(contexto)),
    )


def _cadena(contexto: Contexto) -> list[str]:
    return sellos.faltas_de_la_cadena(contexto.rutas.crudos)


def _referencia(contexto: Contexto) -> tuple[dict[str, dict[str, str]], str]:
    """Huellas que debe tener cada archivo, por clase, y de dónde salen."""
    todos = sellos.leer_sellos(contexto.rutas.crudos)
    ultimo = sellos.ultimo_del_corte(todos, str(contexto.corte))
    if ultimo is not None and ultimo.clase == "cierre":
        return {c: dict(h) for c, h in ultimo.huellas.items()}, f"el sello {ultimo.numero}"
    rutas, corte = contexto.rutas, contexto.corte
    constancia = leer_manifiesto(rutas.procesados(corte))
    if constancia is None:
        raise ErrorEntorno(f"el corte {corte} no se ha corrido", remedio="Ejecute «seguimiento correr»")
    insumos = {f"data/raw/{i['ruta']}": i["sha256"] for i in constancia["insumos"]}
    tablas = {_relativa(contexto, rutas.procesados(corte) / n): h for n, h in constancia["salidas"].items()}
    informes = {
        _relativa(contexto, manifiesto.parent / nombre): huella
        for manifiesto in sorted(rutas.informes(corte).rglob("manifiesto.json"))
        if not any(p.startswith((".", "_fallas")) for p in manifiesto.relative_to(rutas.raiz).parts)
        for nombre, huella in (leer_manifiesto(manifiesto.parent) or {}).get("salidas", {}).items()
    }
    return {"insumos": insumos, "tablas": tablas, "informes": informes}, "las constancias de la corrida"


def _relativa(contexto: Contexto, ruta: Path) -> str:
    return ruta.relative_to(contexto.rutas.raiz).as_posix()


def _comparar(
    contexto: Contexto, clase: str, esperadas: Mapping[str, str], actuales: Mapping[str, str]
) -> list[Diferencia]:
    diferencias: list[Diferencia] = []
    for ruta, huella in sorted(esperadas.items()):
        if ruta not in actuales:
            diferencias.append(Diferencia(donde=ruta, que="falta"))
        elif actuales[ruta] != huella:
            es_libro = clase == "insumos" and Path(ruta).suffix in {".xlsx", ".xlsm", ".xls", ".ods"}
            detalle = _celdas_cambiadas(contexto, ruta, huella) if es_libro else []
            diferencias += detalle or [Diferencia(donde=ruta, que="su contenido cambió")]
    if clase == "reglas":  # una regla nueva también cambia el resultado
        sobran = sorted(set(actuales) - set(esperadas))
        diferencias += [Diferencia(donde=ruta, que="no estaba") for ruta in sobran]
    return diferencias


def _celdas_cambiadas(contexto: Contexto, ruta: str, huella: str) -> list[Diferencia]:
    """Las celdas del libro que ya no dicen lo que se leyó de ellas, según la tabla `celdas`."""
    from python_calamine import CalamineError, CalamineWorkbook

    celdas = leer_tabla("celdas", contexto.rutas.procesados(contexto.corte))
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


def _reglas_cambiadas(contexto: Contexto, referencia: str) -> list[Diferencia]:
    """Sin sello, la constancia solo guarda una huella de todas las reglas juntas."""
    constancia = leer_manifiesto(contexto.rutas.procesados(contexto.corte)) or {}
    clave = constancia.get("clave", {})
    if referencia.startswith("el sello") or clave.get(REGLAS) == huella_reglas(contexto.rutas):
        return []
    return [
        Diferencia(
            donde=f"{ARCHIVO}, expectations/ o formatos/", que="la configuración o las reglas cambiaron"
        )
    ]


def _notas(contexto: Contexto) -> list[str]:
    constancia = leer_manifiesto(contexto.rutas.procesados(contexto.corte)) or {}
    if constancia.get("clave", {}).get(CODIGO) == huella_codigo():
        return []
    return [
        "  Nota: el código o las bibliotecas no son los de esa corrida y rehacerla puede dar otros bytes. "
        f"Para comparar, instale la revisión {constancia.get('revision_git', 'desconocida')}."
    ]


def _rehacer(contexto: Contexto) -> list[Diferencia]:
    """Corre el corte en una carpeta aparte, solo con data/raw y las reglas, y compara tablas e informes."""
    from pipeline.flujo.correr import Opciones, correr

    with tempfile.TemporaryDirectory(prefix="verificar-") as nombre:
        raiz = Path(nombre)
        for carpeta in ("data/raw", *PROPIAS):
            origen = contexto.rutas.raiz / carpeta
            if origen.is_dir():
                shutil.copytree(origen, raiz / carpeta)
        shutil.rmtree(raiz / "data" / "raw" / sellos.CARPETA, ignore_errors=True)  # allí nada está cerrado
        shutil.copy(contexto.rutas.raiz / ARCHIVO, raiz)
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
    """Las celdas de la tabla que son distintas en los dos contextos, por su clave y su columna."""
    clave = list(esquema(nombre).clave)
    una = leer_tabla(nombre, contexto.rutas.procesados(contexto.corte))
    otra = leer_tabla(nombre, otro.rutas.procesados(otro.corte))
    if not clave or len(una) != len(otra):
        return [Diferencia(donde=f"tabla {nombre}", que=f"tiene {len(una)} filas y al rehacerla {len(otra)}")]
    una, otra = una.set_index(clave).sort_index(), otra.set_index(clave).sort_index()
    if not una.index.equals(otra.index):
        return [Diferencia(donde=f"tabla {nombre}", que="no tiene las mismas filas que al rehacerla")]
    return [d for columna in una for d in _celdas_distintas(nombre, una[columna], otra[columna])][:MAXIMO]


def _celdas_distintas(nombre: str, una: pd.Series[Any], otra: pd.Series[Any]) -> Iterable[Diferencia]:
    iguales = (una == otra).fillna(False) | (una.isna() & otra.isna())
    for llave in una.index[~iguales.astype(bool)][:MAXIMO]:
        fila = " ".join(map(str, llave)) if isinstance(llave, tuple) else str(llave)
        yield Diferencia(
            donde=f"tabla {nombre} › {fila} › {una.name}",
            que=f"dice «{una.loc[llave]}» y al rehacerla da «{otra.loc[llave]}»",
        )
