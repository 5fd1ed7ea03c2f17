"""Las tablas del paquete como las muestra el cuaderno 08: con sus valores en palabras. No calcula."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.flujo.control_interno.datos import Control
from pipeline.formato_es import citar_celda
from pipeline.libros import en_palabras
from pipeline.libros.verificacion import RESULTADOS
from pipeline.modelo import NOMBRES_DE_INSTRUMENTO

Fila = dict[str, Any]
CLASES = {"quiebre": "Quiebre", "senal": "Señal"}


def matriz(control: Control) -> pd.DataFrame:
    """La matriz con el nombre de la meta o de la actividad en una columna y su celda en otra."""
    filas = _filas(control.matriz)
    return control.matriz.assign(
        nombre_renglon=[
            f["nombre_meta"] if f["nivel"] == "meta" else f"↳ {f['nombre_actividad']}" for f in filas
        ],
        estado_en_palabras=[en_palabras(f["estado"]) for f in filas],
        decision=pd.Series([_decision(f) for f in filas], dtype="str"),
        lugar=pd.Series([_origen(f) for f in filas], dtype="str"),
    )


def conciliacion(control: Control) -> pd.DataFrame:
    """Cada caso con sus dos lados en una celda: instrumento, valor, libro, hoja y celda."""
    filas = _filas(control.conciliacion)
    return control.conciliacion.assign(
        clase_en_palabras=[CLASES[f["clase"]] for f in filas],
        lado_a=[_lado(f, "a") for f in filas],
        lado_b=[_lado(f, "b") for f in filas],
    )


def conciliacion_por_regla(control: Control) -> pd.DataFrame:
    """Cuántos casos halló cada regla, los quiebres primero."""
    por_regla = control.conciliacion_por_regla
    return por_regla.assign(
        clase_en_palabras=[CLASES[c] for c in por_regla["clase"]],
    )


def muestra(control: Control) -> pd.DataFrame:
    """La muestra con sus cifras y cuántas metas tenía su dependencia."""
    m = control.muestra_con_cifras
    del_estrato = m["n_de_la_muestra"].astype("str") + " de " + m["n_del_estrato"].astype("str")
    dicho = m[["valor_crudo", "valor_numero", "transformacion"]].itertuples(index=False, name=None)
    escritos = pd.Series([citar_celda(*d) for d in dicho], index=m.index, dtype="str")
    return m.assign(
        del_estrato=del_estrato, clave_corta=m["clave_del_sorteo"].str.slice(0, 8), escrito=escritos
    )


def observaciones(control: Control) -> pd.DataFrame:
    """Lo que registró Control Interno, con su resultado en palabras."""
    o = control.observaciones
    return o.assign(
        sujeto=o["codigo_meta"].fillna(o["dependencia"]), resultado_en_palabras=o["resultado"].map(RESULTADOS)
    )


def _origen(fila: Fila) -> str | None:
    """«libro › hoja › celda, versión 2», con lo que haya."""
    lugar = _lugar(fila, "archivo", "hoja", "celda")
    return f"{lugar}, versión {fila['version']}" if lugar and fila["version"] else lugar


def _decision(fila: Fila) -> str | None:
    if fila["decision_grupo"] is None:
        return None
    quien = f" ({fila['revisor']})" if fila["revisor"] else ""
    return en_palabras(fila["decision_grupo"]) + quien


def _lado(fila: Fila, letra: str) -> str:
    lugar = _lugar(fila, *(f"{c}_{letra}" for c in ("archivo", "hoja", "celda")))
    donde = f" ({lugar})" if lugar else ""
    return f"{NOMBRES_DE_INSTRUMENTO[fila[f'instrumento_{letra}']]}: {fila[f'valor_{letra}']}{donde}"


def _lugar(fila: Fila, *columnas: str) -> str | None:
    """«libro › hoja › celda» con lo que haya; None si no hay libro."""
    return " › ".join(str(fila[c]) for c in columnas if fila[c]) or None


def _filas(tabla: pd.DataFrame) -> list[Fila]:
    return [{str(k): None if pd.isna(v) else v for k, v in fila.items()} for fila in tabla.to_dict("records")]
