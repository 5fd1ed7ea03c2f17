"""Los tres instrumentos juntos, por meta y por proyecto, y las preguntas que comparten las reglas."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.modelo import Corte, EstadoEntrega, EstadoReporte

Fila = dict[str, Any]  # lo vacío es None
ACEPTADAS = (EstadoEntrega.ACEPTADA.value, EstadoEntrega.ACEPTADA_CON_OBSERVACIONES.value)
LUGAR = ["archivo", "sha256", "hoja", "fila"]
LLAVE = ["sha256", "hoja", "fila"]
TOLERANCIA_COP = 0.5
METAS = [
    "codigo_meta", "nombre_meta", "bpin", "dependencia", "responsable", "unidad", "programado_vigencia",
    "ejecutado_vigencia", "avance", "apropiacion_definitiva_cop", "obligaciones_cop", "estado_reporte",
    "observacion", *LUGAR,
]  # fmt: skip
POAI = [
    "codigo_meta", "bpin", "dependencia", "grupo_fuente", "nombre_fuente", "codigo_fuente",
    "apropiacion_definitiva_cop", "obligaciones_cop", *LUGAR,
]  # fmt: skip
PA = [
    "id_actividad", "codigo_actividad", "codigo_meta", "bpin", "dependencia",
    "programado_vigencia", "indice_fisico", "costo_programado_cop", "estado_reporte", *LUGAR,
]  # fmt: skip
FUENTES_PA = [
    "programado_municipio_cop",
    "programado_sgp_cop",
    "programado_regalias_cop",
    "programado_otros_cop",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vista:
    """Un instrumento: sus filas aceptadas por meta y por proyecto, y lo que de él no se puede afirmar."""

    nombre: str
    filas: Sequence[Fila]
    por_meta: Mapping[str | None, Sequence[Fila]]
    por_bpin: Mapping[str | None, Sequence[Fila]]
    libros: Mapping[str, Fila]  # libro aceptado de cada dependencia
    consolidada_por: str | None  # quien entrega un solo libro por todas
    sin_certeza: Collection[str]  # dependencias con filas excluidas que no dicen ni meta ni proyecto
    en_duda: frozenset[str]  # metas y BPIN con filas excluidas: ni sumas ni ausencias
    trae_meta: bool
    trae_bpin: bool

    def cubre(self, dependencia: str | None) -> bool:
        """Si el libro de esa dependencia se aceptó: solo entonces una ausencia prueba algo."""
        hay_libro = dependencia in self.libros or self.consolidada_por in self.libros
        return hay_libro and dependencia not in self.sin_certeza

    def libro_de(self, dependencia: str | None) -> Fila:
        """Libro y hoja donde debería estar lo que falta: el de la dependencia o el consolidado."""
        return self.libros.get(dependencia or "") or self.libros.get(self.consolidada_por or "") or {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mundo:
    """Todo lo que comparan las reglas."""

    corte: Corte
    metas: Mapping[str, Fila]
    poai: Vista
    pa: Vista
    fuentes: Sequence[Mapping[str, Any]]
    nombres: Mapping[str, str]
    maximo_actividades: Mapping[str, float]  # índice físico de cada meta si lo no reportado hubiera cumplido

    def nombre(self, dependencia: str | None) -> str:
        """Nombre de la dependencia, o su código si no está configurada."""
        return self.nombres.get(dependencia, dependencia) if dependencia else "ninguna dependencia"


def armar_vista(
    nombre: str,
    aceptadas: pd.DataFrame,
    recibidas: pd.DataFrame,
    entregas: pd.DataFrame,
    consolidada_por: str | None,
    columnas: Sequence[str],
) -> Vista:
    """Vista de un instrumento; lo recibido que no está en `aceptadas` queda en duda."""
    filas = como_filas(aceptadas, columnas)
    for fila in filas:
        fila["bpin"] = normalizar_bpin(fila["bpin"])
    llaves = {tuple(f[c] for c in LLAVE) for f in filas}
    fuera = [
        f
        for f in como_filas(recibidas, ["codigo_meta", "bpin", "dependencia", *LLAVE])
        if tuple(f[c] for c in LLAVE) not in llaves
    ]
    return Vista(
        nombre=nombre,
        filas=filas,
        por_meta=_agrupar(filas, "codigo_meta"),
        por_bpin=_agrupar(filas, "bpin"),
        libros=_libros(nombre, entregas, filas),
        consolidada_por=consolidada_por,
        # Una fila excluida que no dice meta ni proyecto pudo ser cualquiera de los de su dependencia.
        sin_certeza={f["dependencia"] for f in fuera if not f["codigo_meta"] and not f["bpin"]},
        en_duda=_en_duda(fuera),
        trae_meta=any(f["codigo_meta"] for f in filas),
        trae_bpin=any(f["bpin"] for f in filas),
    )


def como_filas(tabla: pd.DataFrame, columnas: Sequence[str]) -> list[Fila]:
    """Filas como diccionarios, con None donde no hay dato y los textos vacíos como faltantes."""
    por_columna = [_valores(tabla[c]) for c in columnas]
    return [dict(zip(columnas, valores, strict=True)) for valores in zip(*por_columna, strict=True)]


def _valores(columna: pd.Series[Any]) -> list[Any]:
    falta = columna.isna().to_numpy()
    return [None if f or v == "" else v for f, v in zip(falta, columna.to_numpy(dtype=object), strict=True)]


def normalizar_bpin(valor: object) -> str | None:
    """BPIN en solo dígitos, para comparar.

    >>> normalizar_bpin("2024-73001-0012"), normalizar_bpin(" por definir "), normalizar_bpin(None)
    ('2024730010012', 'por definir', None)
    """
    if valor is None:
        return None
    return re.sub(r"\D", "", str(valor)) or str(valor).strip() or None


def bpin_de(valor: object) -> tuple[str, ...]:
    """Los BPIN de una celda que puede traer varios.

    >>> bpin_de("2024730010012; 2024730010015")
    ('2024730010012', '2024730010015')
    """
    if valor is None:
        return ()
    hallados = (normalizar_bpin(parte) for parte in re.split(r"[;,/|\n]|\s[-y]\s", str(valor)))
    return tuple(dict.fromkeys(b for b in hallados if b))


def suma(filas: Iterable[Fila], campo: str) -> float | None:
    """Suma del campo; None si a alguna fila le falta: lo que no se sabe no es cero."""
    valores = [f[campo] for f in filas]
    return None if any(v is None for v in valores) else float(sum(valores))


def suma_conocida(filas: Iterable[Fila], campo: str) -> float:
    """Suma de lo que sí se sabe: el total no es menor que esto."""
    return float(sum(f[campo] for f in filas if f[campo] is not None))


def dependencias(filas: Iterable[Fila]) -> list[str]:
    """Dependencias de las filas, sin repetir y en orden."""
    return sorted({f["dependencia"] for f in filas if f["dependencia"]})


def es_programada(meta: Fila) -> bool:
    """Si la meta se programó en la vigencia."""
    return meta["estado_reporte"] != EstadoReporte.NO_PROGRAMADA and (meta["programado_vigencia"] or 0) > 0


def proyectos_de(meta: Fila) -> set[str]:
    """BPIN que el Plan Indicativo liga a la meta."""
    return set(bpin_de(meta["bpin"]))


def le_falta_dinero(mundo: Mundo, codigo: str) -> bool:
    """Si consta que el POAI no asigna nada a la meta programada."""
    if not _puede_afirmar_ausencia(mundo, mundo.poai, codigo):
        return False
    return suma(mundo.poai.por_meta.get(codigo, ()), "apropiacion_definitiva_cop") == 0


def le_faltan_actividades(mundo: Mundo, codigo: str) -> bool:
    """Si consta que ninguna actividad aporta a la meta programada."""
    return _puede_afirmar_ausencia(mundo, mundo.pa, codigo) and not mundo.pa.por_meta.get(codigo)


def puede_estar_sin_bpin(vista: Vista, metas: Collection[str], responsables: Collection[str]) -> bool:
    """Si alguna fila sin BPIN puede ser la del proyecto que no aparece.

    Es de una de sus metas o, si tampoco dice meta, de una de sus dependencias.
    """
    return any(
        f["codigo_meta"] in metas or (f["codigo_meta"] is None and f["dependencia"] in responsables)
        for f in vista.por_bpin.get(None, ())
    )


def _puede_afirmar_ausencia(mundo: Mundo, vista: Vista, codigo: str) -> bool:
    meta = mundo.metas[codigo]
    proyectos = proyectos_de(meta)
    if not es_programada(meta) or not vista.trae_meta or not vista.cubre(meta["dependencia"]):
        return False
    if {codigo, *proyectos} & vista.en_duda:
        return False
    # Una fila sin código de meta puede ser la que falta, si es de su proyecto o no dice de cuál.
    sin_codigo = [f for f in vista.por_meta.get(None, ()) if f["dependencia"] == meta["dependencia"]]
    return not any(f["bpin"] is None or f["bpin"] in proyectos for f in sin_codigo)


def _agrupar(filas: Iterable[Fila], campo: str) -> dict[str | None, list[Fila]]:
    grupos: dict[str | None, list[Fila]] = defaultdict(list)
    for fila in filas:
        grupos[fila[campo]].append(fila)
    return dict(grupos)


def _libros(instrumento: str, entregas: pd.DataFrame, filas: Sequence[Fila]) -> dict[str, Fila]:
    hojas = {f["sha256"]: f["hoja"] for f in filas}
    suyas = entregas[(entregas["instrumento"] == instrumento) & entregas["estado"].isin(ACEPTADAS)]
    return {
        f["dependencia"]: {**f, "hoja": hojas.get(f["sha256"])}
        for f in como_filas(suyas, ["dependencia", "archivo", "sha256"])
    }


def _en_duda(fuera: Iterable[Fila]) -> frozenset[str]:
    metas = {f["codigo_meta"] for f in fuera}
    return frozenset(c for c in metas | {normalizar_bpin(f["bpin"]) for f in fuera} if c)
