"""Leer las fórmulas de un libro con su valor guardado, sin calcularlas y sin fiarse del archivo.

Se lee el XML de cada hoja: una biblioteca de libros da la fórmula o su valor, no los dos, y construye
objetos por cada celda vacía.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

from pipeline.formatos import letra_de_columna
from pipeline.formulas.patrones import Patron, leer_patron, posicion, rango_sumado, se_divide_por_si_misma

MAXIMO_POR_HOJA = 80_000_000  # bytes de XML; más que eso no es un libro de seguimiento
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_REF = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Celda:
    """Una celda escrita: su valor guardado y, si tiene fórmula, lo que se sabe de ella."""

    fila: int
    columna: int  # desde 1
    valor: str
    es_numero: bool = False
    es_error: bool = False
    formula: str = ""
    patron: Patron | None = None
    origen: str = ""  # celda donde está escrita la fórmula, si es compartida
    autodivision: bool = False
    rango: tuple[int, int, int] | None = None

    @property
    def referencia(self) -> str:
        """Referencia A1."""
        return f"{letra_de_columna(self.columna - 1)}{self.fila}"

    @property
    def formula_propia(self) -> str:
        """La fórmula como se ve en la celda, con «=»: una compartida se escribe en la primera."""
        if not self.origen:
            return f"={self.formula}"
        from openpyxl.formula.translate import Translator  # perezoso: solo al redactar

        return str(Translator(f"={self.formula}", origin=self.origen).translate_formula(self.referencia))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hoja:
    """Celdas escritas de una hoja por columna, en el orden de sus filas."""

    nombre: str
    columnas: dict[int, list[Celda]]


def leer_hojas(ruta: Path) -> list[Hoja]:
    """Las hojas visibles del libro; las de control (nombre que empieza por «_») no se miran.

    Una hoja sin fórmulas se devuelve sin celdas: leerlas costaría y no dirían nada. Puede levantar
    cualquier error de lectura (zip, XML, compresión) si el libro está dañado, y ValueError si es desmedido.
    """
    with zipfile.ZipFile(ruta) as paquete:
        cadenas: list[str] | None = None
        hojas = []
        for nombre, parte in _hojas_visibles(paquete):
            xml = _leer(paquete, parte)
            tiene_formulas = _FORMULA.search(xml) is not None
            if tiene_formulas and cadenas is None:
                cadenas = _cadenas(paquete)
            celdas = _por_columna(_celdas(xml, cadenas or [])) if tiene_formulas else {}
            hojas.append(Hoja(nombre=nombre, columnas=celdas))
        return hojas


def _leer(paquete: zipfile.ZipFile, parte: str) -> bytes:
    if paquete.getinfo(parte).file_size > MAXIMO_POR_HOJA:
        raise ValueError("la hoja es demasiado grande")
    xml = paquete.read(parte)
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise ValueError("el XML declara entidades, que un libro no usa")
    return xml


def _hojas_visibles(paquete: zipfile.ZipFile) -> list[tuple[str, str]]:
    relaciones = ElementTree.fromstring(_leer(paquete, "xl/_rels/workbook.xml.rels"))  # noqa: S314
    destinos = {r.get("Id", ""): r.get("Target", "") for r in relaciones}
    libro = ElementTree.fromstring(_leer(paquete, "xl/workbook.xml"))  # noqa: S314  # sin DOCTYPE
    hojas = [nodo for nodo in libro.iter() if _local(nodo.tag) == "sheet"]
    return [
        (hoja.get("name", ""), _parte(destinos.get(hoja.get(_ID, ""), "")))
        for hoja in hojas
        if hoja.get("state", "visible") == "visible" and not hoja.get("name", "").startswith("_")
    ]


def _parte(destino: str) -> str:
    return destino.removeprefix("/") if destino.startswith("/") else f"xl/{destino}"


def _cadenas(paquete: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in paquete.namelist():
        return []
    raiz = ElementTree.fromstring(_leer(paquete, "xl/sharedStrings.xml"))  # noqa: S314  # sin DOCTYPE
    return ["".join(t.text or "" for t in si.iter() if _local(t.tag) == "t") for si in raiz]


def _celdas(xml: bytes, cadenas: list[str]) -> Iterator[Celda]:
    compartidas: dict[str, Celda] = {}
    for nodo in ElementTree.fromstring(xml).iter():  # noqa: S314  # sin DOCTYPE
        if _local(nodo.tag) != "c":
            continue
        lugar = _REF.fullmatch(nodo.get("r", ""))
        celda = _celda(nodo, lugar, cadenas, compartidas) if lugar else None
        if celda is not None:
            yield celda


def _celda(
    nodo: ElementTree.Element, lugar: re.Match[str], cadenas: list[str], compartidas: dict[str, Celda]
) -> Celda | None:
    hijos = {_local(hijo.tag): hijo for hijo in nodo}
    tipo = nodo.get("t", "n")
    valor = _valor(hijos, tipo, cadenas)
    formula = hijos.get("f")
    if formula is None and not valor.strip():
        return None
    celda = Celda(
        fila=int(lugar[2]),
        columna=posicion(lugar[1]),
        valor=valor,
        es_numero=tipo == "n",
        es_error=tipo == "e",
    )
    return celda if formula is None else _con_formula(celda, formula, compartidas)


def _con_formula(celda: Celda, nodo: ElementTree.Element, compartidas: dict[str, Celda]) -> Celda:
    """La celda con su fórmula. Una compartida se escribe una vez; las demás tienen la misma forma."""
    indice = nodo.get("si", "") if nodo.get("t") == "shared" else ""
    texto = nodo.text or ""
    base = compartidas.get(indice) if indice and not texto else None
    if base is not None:
        return _copiar(celda, base)
    nueva = replace(
        celda,
        formula=texto or "?",
        patron=leer_patron(texto, fila=celda.fila, columna=celda.columna),
        autodivision=se_divide_por_si_misma(texto),
        rango=rango_sumado(texto),
    )
    if indice and texto:
        compartidas[indice] = nueva
    return nueva


def _copiar(celda: Celda, base: Celda) -> Celda:
    """La celda con la fórmula de `base` corrida hasta ella."""
    rango = base.rango
    if rango is not None:
        filas, columnas = celda.fila - base.fila, celda.columna - base.columna
        rango = (rango[0] + columnas, rango[1] + filas, rango[2] + filas)
    return replace(
        celda,
        formula=base.formula,
        patron=base.patron,
        origen=base.referencia,
        autodivision=base.autodivision,
        rango=rango,
    )


def _valor(hijos: dict[str, ElementTree.Element], tipo: str, cadenas: list[str]) -> str:
    nodo = hijos.get("v")
    texto = (nodo.text or "") if nodo is not None else ""
    if tipo == "s":
        return cadenas[int(texto)] if texto.isdecimal() and int(texto) < len(cadenas) else ""
    if tipo == "inlineStr" and "is" in hijos:
        return "".join(hijos["is"].itertext())
    return texto


def _por_columna(celdas: Iterator[Celda]) -> dict[int, list[Celda]]:
    columnas: dict[int, list[Celda]] = {}
    for celda in celdas:
        columnas.setdefault(celda.columna, []).append(celda)
    return {numero: sorted(columnas[numero], key=lambda c: c.fila) for numero in sorted(columnas)}


def _local(etiqueta: str) -> str:
    return etiqueta.rpartition("}")[2]
