"""Tablas que ven las reglas del POAI: los rubros y los movimientos con lo que se compara de cada uno.

Donde el libro detalla más que el rubro, lo que se compara con los movimientos es la suma del rubro, anotada
en su primera fila.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from pipeline.calidad import derivadas as d
from pipeline.calidad import poai_derivadas as p
from pipeline.calidad.ampliacion import sugerencias, texto
from pipeline.esquemas import crear_tabla
from pipeline.formatos.rubros import LLAVE_FILA, MODIFICACIONES, llave, valor_con_signo
from pipeline.modelo import Corte, Periodo

ANTERIORES = ("apropiacion_inicial_cop", "apropiacion_definitiva_cop", *p.EJECUCION)
MOVIDOS = (
    *(f"movido_{c}" for c, _ in MODIFICACIONES.values()),
    "movido_con_acto_cop",
    "movido_desde_el_anterior_cop",
)
AJENAS_REGISTROS = (
    "plan_codigo_meta", "sugerencia", "dane_entidad", "techo_cop", "rubros_ausentes", "anterior_corte",
    *(f"anterior_{c}" for c in ANTERIORES), *MOVIDOS,
)  # fmt: skip
AJENAS_MOVIMIENTOS = ("rubro_en_poai", "fecha_corte")
"""Columnas que la revisión agrega a las del contrato antes de derivar las demás."""


def ampliar_registros_poai(
    registros: pd.DataFrame,
    plan: pd.DataFrame,
    movimientos: pd.DataFrame,
    anteriores: pd.DataFrame | None,
    *,
    techos: Mapping[str, float],
    dane: str = "",
    con_movimientos: Collection[str] = (),
) -> pd.DataFrame:
    """Los registros con lo que se compara (`techo_cop`, `movido_*`, `anterior_*`) y las derivadas.

    `con_movimientos` son las huellas de los libros cuya hoja de movimientos se leyó, aunque esté vacía.
    """
    tabla = registros.reset_index(drop=True)
    previos = crear_tabla("registros_poai").assign(corte="") if anteriores is None else anteriores
    en_el_plan = tabla["codigo_meta"].where(tabla["codigo_meta"].isin(plan["codigo_meta"]))
    tabla = tabla.assign(
        plan_codigo_meta=en_el_plan,
        sugerencia=sugerencias(tabla["codigo_meta"], plan["codigo_meta"]),
        dane_entidad=texto(tabla, dane),
        techo_cop=tabla["codigo_fuente"].map(dict(techos)).astype("float64"),
        rubros_ausentes=_rubros_ausentes(tabla, previos),
    )
    traen = {*con_movimientos, *movimientos["sha256"]}
    unida = _unir_movimientos(_unir_anteriores(tabla, previos), movimientos, previos)
    # De un libro sin la hoja no se sabe qué se movió: cero sería afirmar que nada.
    sin_hoja = unida[list(MOVIDOS)].where(unida["sha256"].isin(traen))
    return derivar_registros_poai(unida.assign(**sin_hoja))


def derivar_registros_poai(tabla: pd.DataFrame) -> pd.DataFrame:
    """Los registros con sus columnas derivadas."""
    funciones = (
        p.veces_en_el_poai, p.lugares_en_el_poai, p.definitiva_segun_modificaciones, p.diferencia_definitiva,
        p.diferencia_disponible, p.diferencia_saldo_cdp, p.motivo_de_la_fuente, p.fuente_desconocida,
        p.apropiado_en_la_fuente, p.exceso_sobre_el_techo, p.definitiva_segun_movimientos,
        p.diferencia_movimientos, p.cambio_definitiva, p.cambio_sin_acto, p.cambio_inicial,
        d.bpin_de_otra_entidad,
    )  # fmt: skip
    for funcion in funciones:
        tabla = tabla.assign(**{funcion.__name__: funcion(tabla)})
    por_campo = {f"exige_{c}": p.exige(tabla, c) for c in p.LLAVE_EXIGIDA}
    por_campo |= {f"tope_{c}": d.tope_de_dinero(tabla, c) for c in d.CADENA_DEL_GASTO[1:]}
    por_campo |= {f"exceso_{c}": tabla[c] - por_campo[f"tope_{c}"] for c in d.CADENA_DEL_GASTO[1:]}
    por_campo |= {f"diferencia_{c}": p.diferencia_de_clase(tabla, c) for c, _ in MODIFICACIONES.values()}
    por_campo |= {f"baja_{c}": tabla[f"anterior_{c}"] - tabla[c] for c in p.EJECUCION}
    return tabla.assign(**por_campo)


def ampliar_movimientos(movimientos: pd.DataFrame, registros: pd.DataFrame, corte: Corte) -> pd.DataFrame:
    """Los movimientos con el rubro del POAI que modifican, la fecha del corte y las derivadas."""
    propia = llave(movimientos)
    return derivar_movimientos(
        movimientos.reset_index(drop=True).assign(
            rubro_en_poai=propia.where(propia.isin(set(llave(registros)))).to_numpy(),
            fecha_corte=corte.fecha.isoformat(),
        )
    )


def derivar_movimientos(tabla: pd.DataFrame) -> pd.DataFrame:
    """Los movimientos con sus columnas derivadas."""
    return tabla.assign(
        fecha_fuera_de_la_vigencia=p.fecha_fuera_de_la_vigencia(tabla),
        descuadre_del_traslado=p.descuadre_del_traslado(tabla),
    )


def _unir_anteriores(tabla: pd.DataFrame, anteriores: pd.DataFrame) -> pd.DataFrame:
    """Lo del corte anterior de la misma fila; cero si su dependencia lo entregó y no la traía."""
    previos = anteriores.assign(llave=llave(anteriores, LLAVE_FILA)).drop_duplicates("llave")
    previos = previos.set_index("llave")
    propia = llave(tabla, LLAVE_FILA)
    de_quien = dict(zip(anteriores["dependencia"], anteriores["corte"], strict=True))
    corte = tabla["dependencia"].map(de_quien).astype("str")
    columnas: dict[str, pd.Series] = {"anterior_corte": corte}
    for campo in ANTERIORES:
        valor = propia.map(previos[campo].to_dict()).astype("float64")
        nueva = corte.notna() & ~propia.isin(previos.index)
        columnas[f"anterior_{campo}"] = valor.mask(nueva, 0.0)
    return tabla.assign(**columnas)


def _unir_movimientos(
    tabla: pd.DataFrame, movimientos: pd.DataFrame, anteriores: pd.DataFrame
) -> pd.DataFrame:
    """Lo movido en el rubro de cada fila, por clase y con acto; cero si ningún movimiento lo toca."""
    valores = valor_con_signo(movimientos)
    con_acto = valores.where(movimientos["acto"].notna())
    nuevos = con_acto.where(movimientos["fecha_acto"].fillna("") > _fecha_del_anterior(anteriores))
    sumas = {
        f"movido_{campo}": (valores * signo).where(movimientos["clase"] == clase)
        for clase, (campo, signo) in MODIFICACIONES.items()
    }
    sumas |= {"movido_con_acto_cop": con_acto, "movido_desde_el_anterior_cop": nuevos}
    propia, ajena = llave(tabla), llave(movimientos)
    columnas = {}
    for nombre, valor in sumas.items():
        por_rubro = valor.groupby(ajena.to_numpy()).sum().to_dict()
        columnas[nombre] = propia.map(por_rubro).astype("float64").fillna(0.0)
    return tabla.assign(**columnas)


def _fecha_del_anterior(anteriores: pd.DataFrame) -> str:
    """Último día del corte anterior (AAAA-MM-DD); vacío si no hay."""
    if anteriores.empty:
        return ""
    vigencia, periodo = str(anteriores["corte"].max()).split("-")
    return Corte(vigencia=int(vigencia), periodo=Periodo(periodo)).fecha.isoformat()


def _rubros_ausentes(tabla: pd.DataFrame, anteriores: pd.DataFrame) -> pd.Series:
    """En la primera fila de cada libro, los rubros con apropiación del corte anterior que ya no están."""
    propia = llave(anteriores, LLAVE_FILA)
    apropiado = anteriores["apropiacion_definitiva_cop"].fillna(0) > 0
    faltan = anteriores[apropiado & ~propia.isin(set(llave(tabla, LLAVE_FILA)))]
    salida = pd.Series([None] * len(tabla), index=tabla.index, dtype="str")
    for dependencia, rubros in faltan.groupby("dependencia"):
        filas = tabla.index[(tabla["dependencia"] == dependencia).fillna(False)]
        if len(filas):
            nombres = [
                f"meta {m}, BPIN {b}, rubro {r}, fuente {f}"
                for m, b, r, f in rubros[["codigo_meta", "bpin", "rubro", "codigo_fuente"]]
                .fillna("sin dato")
                .itertuples(index=False, name=None)
            ]
            salida[filas[0]] = "; ".join(nombres)
    return salida
