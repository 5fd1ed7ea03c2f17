"""De una meta, una actividad o un nodo a sus cifras, sus fórmulas y sus celdas, en las tablas del corte."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.esquemas import leer_tabla
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.explicar_nodos import (
    CifrasExplicadas,
    desconocido,
    es_nodo,
    explicar_actividad,
    explicar_nodo,
)
from pipeline.formato_es import citar_crudo, exacto
from pipeline.informes.bloques_de_traza import nombre_de_campo
from pipeline.modelo import NOMBRES_DE_MEDIDA


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaExplicada:
    """Cifras de una meta (filas de `trazas`) y de dónde salió cada valor (filas de `insumos`)."""

    codigo_meta: str
    nombre: str
    corte: str
    trazas: pd.DataFrame
    insumos: pd.DataFrame

    def __str__(self) -> str:
        lineas = [f"Meta {self.codigo_meta}: {self.nombre}", f"Corte {self.corte}"]
        for traza in self.trazas.itertuples():
            lineas += ["", f"{NOMBRES_DE_MEDIDA[str(traza.medida)]}", f"  {traza.formula}"]
            for insumo in self.insumos[self.insumos["medida"] == traza.medida].itertuples():
                lineas += _lineas_de_insumo(insumo)
        return "\n".join(lineas)

    def como_datos(self) -> dict[str, Any]:
        """Lo mismo, para leerlo con un programa."""
        return {
            "codigo_meta": self.codigo_meta,
            "corte": self.corte,
            "cifras": json.loads(self.trazas.to_json(orient="records")),
            "insumos": json.loads(self.insumos.to_json(orient="records")),
        }


def explicar(contexto: Contexto, clave: str) -> MetaExplicada | CifrasExplicadas:
    """Lo que sustenta una cifra: `clave` es una meta, una actividad (SEDU/A1/1) o un nodo (dependencia:SEDU).

    Levanta ErrorConfiguracion si no existe (con la más parecida) y ErrorEntorno si el corte no se ha
    calculado.
    """
    if es_nodo(clave):
        return explicar_nodo(contexto, clave)
    return explicar_actividad(contexto, clave) or explicar_meta(contexto, clave)


def explicar_meta(contexto: Contexto, codigo_meta: str) -> MetaExplicada:
    """Todo lo que sustenta las cifras de la meta en el corte.

    Levanta ErrorConfiguracion si la meta no existe (con la más parecida) y ErrorEntorno si el corte no
    se ha calculado.
    """
    carpeta = contexto.rutas.procesados(contexto.corte)
    metas = leer_tabla("metas", carpeta).set_index("codigo_meta")
    if codigo_meta not in metas.index:
        problema = f"no existe la meta ni la actividad «{codigo_meta}» en el corte {contexto.corte}"
        raise desconocido(problema, codigo_meta, list(metas.index))
    trazas, insumos = leer_tabla("trazas", carpeta), leer_tabla("insumos", carpeta)
    return MetaExplicada(
        codigo_meta=codigo_meta,
        nombre=str(metas.loc[codigo_meta, "nombre_meta"]),
        corte=str(contexto.corte),
        trazas=trazas[trazas["codigo_meta"] == codigo_meta].reset_index(drop=True),
        insumos=insumos[insumos["codigo_meta"] == codigo_meta].reset_index(drop=True),
    )


def _lineas_de_insumo(insumo: Any) -> list[str]:
    de_que = nombre_de_campo(insumo.campo)
    cuando = f" {insumo.vigencia}" if insumo.vigencia else ""
    lugar = f"{insumo.archivo} › {insumo.hoja} › {insumo.celda}"
    lineas = [f"  · {de_que}{cuando} = {exacto(insumo.valor)}"]
    dice = citar_crudo(str(insumo.valor_crudo), numero=insumo.valor, transformacion=insumo.transformacion)
    lineas.append(f"      {lugar}, escrito «{dice}», sha256 {insumo.sha256[:16]}…")
    if isinstance(insumo.transformacion, str) and insumo.transformacion:
        lineas.append(f"      {insumo.transformacion}")
    return lineas
