"""Medidas de cada meta, libro y actividad que las condiciones de una regla pueden nombrar.

Todas las columnas existen siempre; la que necesita una tabla que no llegó queda vacía y no dispara nada.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.alertas.historia import medir_historia
from pipeline.modelo import SIN_VALOR, Corte, EstadoReporte, TipoMeta

ACUMULAN = (TipoMeta.ACUMULADO.value, TipoMeta.FLUJO.value)
"""Tipos cuyo ejecutado se va sumando en la vigencia; en los demás es un nivel."""
DINERO = ("apropiacion_definitiva_cop", "cdp_cop", "compromisos_cop", "obligaciones_cop", "pagos_cop")
DEL_POAI = {
    "razon_compromisos": ("razon_compromisos", ("compromisos_cop", "apropiacion_definitiva_cop")),
    "razon_cdp_libre": ("razon_cdp_libre", ("cdp_cop", "compromisos_cop")),
    "razon_pagos": ("razon_pagado", ("pagos_cop", "obligaciones_cop")),
    "razon_reservas": (
        "razon_reservas",
        ("compromisos_cop", "obligaciones_cop", "apropiacion_definitiva_cop"),
    ),
    "reservas_cop": ("reservas_en_riesgo_cop", ("compromisos_cop", "obligaciones_cop")),
    "cdp_libre_cop": ("cdp_libre_cop", ("cdp_cop", "compromisos_cop")),
}
"""Cada medida del gasto: su columna en `indices_poai` y los valores que compara."""
DE_ACTIVIDADES = {
    "indice_fisico": "indice_actividades",
    "cota_superior": "maximo_actividades",
    "n_reportadas": "n_actividades",
}
"""Columnas de `indices_pa` de una meta, y la medida que son."""
PROYECTADAS = {
    "base": "base_proyeccion",
    "cierre_vigencia": "cierre_vigencia",
    "cierre_vigencia_inferior": "cierre_vigencia_inferior",
    "cierre_vigencia_superior": "cierre_vigencia_superior",
    "cierre_cuatrienio": "cierre_cuatrienio",
    "cierre_cuatrienio_superior": "cierre_cuatrienio_superior",
    "maximo_cuatrienio": "maximo_cuatrienio",
    "nota": "nota_proyeccion",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contraste:
    """Tablas opcionales con que se mira una meta; None es que no se tienen.

    `series`: una fila por meta y corte previo (codigo_meta, corte «2025-T1», ejecutado_vigencia,
    estado_reporte). `registros`: tabla `registros_pi` del corte, que dice qué metas citan soportes.
    `enlaces`: una fila por dependencia que entrega (dependencia, falta_enlace: por qué no tiene uno vigente,
    o vacío). Las demás son las tablas del corte con ese nombre.
    """

    series: pd.DataFrame | None = None
    proyecciones: pd.DataFrame | None = None
    actividades: pd.DataFrame | None = None
    indices_pa: pd.DataFrame | None = None
    indices_poai: pd.DataFrame | None = None
    hallazgos: pd.DataFrame | None = None
    registros: pd.DataFrame | None = None
    insumos: pd.DataFrame | None = None
    enlaces: pd.DataFrame | None = None


def medir_metas(
    metas: pd.DataFrame, contraste: Contraste, *, corte: Corte, brechas: Sequence[Mapping[str, float]]
) -> pd.DataFrame:
    """Las metas con su peso y todas sus medidas, una fila por meta y en el mismo orden.

    `brechas` es la tabla de brecha físico-financiera tolerada (`hasta`, `tolerada`; razones).
    """
    medidas = _con_dinero_del_poai(metas.reset_index(drop=True), contraste.indices_poai)
    medidas = medidas.assign(
        peso=_pesos(medidas),
        trimestre=float(corte.periodo.numero),
        acumula=medidas["tipo_meta"].isin(ACUMULAN).where(medidas["tipo_meta"].notna()).astype("float64"),
        falta=(medidas["esperado"] - medidas["cota_inferior"]).clip(lower=0.0),
        exceso=(medidas["avance_crudo"] - 1.0).clip(lower=0.0, upper=1.0),
        por_ejecutar=1.0 - medidas["avance"],
        por_programar=1.0 - medidas["esperado"],
        brecha_financiera=medidas["ejecucion_financiera"] - medidas["avance"],
        brecha_tolerada=_tolerada(medidas["ejecucion_financiera"], brechas),
        **_medidas_del_gasto(medidas, contraste.indices_poai),
        explican_otras=_alguna(medidas, "observacion", "dependencia"),
        **_contra_el_plan(medidas, contraste.indices_poai),
    )
    partes = (
        medir_historia(medidas, contraste.series, corte),
        _de_proyecciones(contraste.proyecciones),
        _de_actividades(contraste.indices_pa),
        _de_hallazgos(contraste.hallazgos),
        _de_registros(contraste.registros, corte),
        _celdas(contraste.insumos, corte),
    )
    codigo = medidas["codigo_meta"]
    for parte in partes:
        medidas = medidas.join(parte.reindex(codigo).set_axis(medidas.index))
    return _faltas(medidas)


def _faltas(medidas: pd.DataFrame) -> pd.DataFrame:
    """Brechas que salen de lo contrastado, y qué tan firme es la proyección."""
    return medidas.assign(
        falta_de_recursos=(1.0 - medidas["razon_poai"]).clip(lower=0.0),
        exceso_de_recursos=(medidas["razon_poai_minima"] - 1.0).clip(lower=0.0),
        falta_al_cierre=(1.0 - medidas["cierre_vigencia"]).clip(lower=0.0),
        falta_al_cuatrienio=(1.0 - medidas["cierre_cuatrienio"]).clip(lower=0.0),
        falta_del_programa=(1.0 - medidas["maximo_cuatrienio"]).clip(lower=0.0),
        certeza_proyeccion=np.where(medidas["base_proyeccion"].eq("historia"), 0.9, 0.7),
    )


def medir_entregas(entregas: pd.DataFrame, indices: pd.DataFrame, metas: pd.DataFrame) -> pd.DataFrame:
    """La última entrega de cada dependencia e instrumento, con lo que del plan depende de ella.

    `metas` son las ya medidas: la brecha de un libro que falta es lo que se esperaba de sus metas.
    """
    ultimas = entregas.sort_values("version").drop_duplicates(["dependencia", "instrumento"], keep="last")
    ultimas = ultimas.sort_values(["dependencia", "instrumento"], ignore_index=True)
    nombres = indices.loc[indices["nivel"] == "dependencia"].set_index("codigo")["nombre"].to_dict()
    suyas = metas[metas["estado_reporte"] != EstadoReporte.NO_PROGRAMADA.value]
    suyas = suyas.assign(esperado_pesado=suyas["peso"] * suyas["esperado"].fillna(0.0))
    grupos = suyas.groupby("dependencia")
    codigo = ultimas["dependencia"]
    del_indice = pd.Series([nombres.get(c) for c in codigo], index=ultimas.index, dtype="str")
    peso = codigo.map(grupos["peso"].sum()).fillna(0.0).astype("float64")
    return ultimas.assign(
        nombre_dependencia=ultimas["nombre_dependencia"].fillna(del_indice).fillna(codigo),
        n_metas=codigo.map(grupos.size()).fillna(0).astype("int64"),
        peso=peso,
        falta=_dividir(codigo.map(grupos["esperado_pesado"].sum()).astype("float64"), peso).fillna(0.0),
        observacion=None,
    )


def medir_enlaces(enlaces: pd.DataFrame, entregas: pd.DataFrame) -> pd.DataFrame:
    """Las dependencias con lo que le falta a su enlace y su peso en el plan, que traen sus entregas."""
    por_dependencia = entregas.drop_duplicates("dependencia").set_index("dependencia")
    propias = por_dependencia[["nombre_dependencia", "n_metas", "peso"]]
    unidas = enlaces.join(propias, on="dependencia")
    return unidas.assign(
        nombre_dependencia=unidas["nombre_dependencia"].fillna(unidas["dependencia"]),
        peso=unidas["peso"].fillna(0.0),
        observacion=None,
        archivo="enlaces.csv",
    )


def medir_actividades(actividades: pd.DataFrame, metas: pd.DataFrame, *, corte: Corte) -> pd.DataFrame:
    """Las actividades del Plan de Acción con su peso en el plan: el de su meta, repartido entre ellas."""
    meta = actividades["codigo_meta"]
    cuantas = meta.groupby(meta).transform("size").astype("float64")
    parte = actividades["ponderacion"].fillna(1.0 / cuantas).astype("float64")
    return actividades.assign(
        trimestre=float(corte.periodo.numero),
        peso=(meta.map(metas.set_index("codigo_meta")["peso"]).astype("float64") * parte).fillna(0.0),
        vencida=actividades["es_vencida"].astype("float64"),
        por_ejecutar=1.0 - actividades["indice_fisico"],
        falta=(actividades["esperado"] - actividades["indice_fisico"]).clip(lower=0.0),
        citan_otras=_alguna(actividades, "evidencia", "sha256"),
    )


def medir_poai(indices_poai: pd.DataFrame, *, corte: Corte) -> pd.DataFrame:
    """Las dependencias del POAI; su peso es su parte de la apropiación definitiva."""
    filas = indices_poai[indices_poai["nivel"] == "dependencia"].sort_values("codigo", ignore_index=True)
    total = float(filas["apropiacion_definitiva_cop"].sum())
    return filas.assign(
        trimestre=float(corte.periodo.numero),
        peso=(filas["apropiacion_definitiva_cop"] / total if total > 0 else 0.0),
        nombre_dependencia=filas["nombre"].fillna(filas["codigo"]),
        observacion=None,
        reglas_de_calidad=None,
        **_con_faltas({medida: filas[columna] for medida, (columna, _) in DEL_POAI.items()}),
    )


def _pesos(metas: pd.DataFrame) -> pd.Series[float]:
    """Participación de cada meta programada en el plan; sin ponderador, todas igual."""
    programada = metas["estado_reporte"] != EstadoReporte.NO_PROGRAMADA.value
    ponderador = metas["ponderador"].astype("float64")
    medio = float(ponderador.mean()) if ponderador.notna().any() else 1.0
    usado = np.where(programada, ponderador.fillna(medio), 0.0)
    return pd.Series(usado / max(float(usado.sum()), np.finfo(float).tiny), index=metas.index)


def _con_dinero_del_poai(metas: pd.DataFrame, indices_poai: pd.DataFrame | None) -> pd.DataFrame:
    """El gasto de la meta según el POAI, que viene de Hacienda; donde no esté, el del libro de la meta."""
    if indices_poai is None:
        return metas
    poai = _poai_de_las_metas(metas, indices_poai)
    return metas.assign(**{campo: poai[campo].fillna(metas[campo]) for campo in DINERO})


def _poai_de_las_metas(metas: pd.DataFrame, indices_poai: pd.DataFrame) -> pd.DataFrame:
    """Lo del POAI de cada meta, en las filas de `metas`; vacío en las que no están."""
    poai = indices_poai[indices_poai["nivel"] == "meta"].set_index("codigo")
    return poai.reindex(metas["codigo_meta"]).set_axis(metas.index)


def _medidas_del_gasto(metas: pd.DataFrame, indices_poai: pd.DataFrame | None) -> dict[str, pd.Series[float]]:
    """Razones y saldos del gasto de cada meta; los del POAI son los de su tabla, rubro a rubro.

    Operar sobre las sumas de la meta contaría como cero lo que a un rubro le falta. Solo se operan los
    valores del libro de la meta, que es un renglón.
    """
    propias = _de_un_renglon(metas)
    if indices_poai is None:
        return _con_faltas(propias) | {"n_sin_dato": pd.Series(np.nan, index=metas.index)}
    poai = _poai_de_las_metas(metas, indices_poai)
    medidas = {
        medida: poai[columna].where(poai[list(campos)].notna().all(axis=1), propias[medida])
        for medida, (columna, campos) in DEL_POAI.items()
    }
    return _con_faltas(medidas) | {"n_sin_dato": poai["n_sin_dato"].astype("float64")}


def _contra_el_plan(metas: pd.DataFrame, indices_poai: pd.DataFrame | None) -> dict[str, pd.Series[float]]:
    """Lo apropiado sobre lo que el plan programó, lo menos que puede ser, y las obligaciones si están todas.

    Si un rubro no trae el valor, la suma es lo menos que puede valer: basta para decir que se pasa, no que
    no llega ni que es cero. Donde el POAI no dice nada, el valor es el del libro de la meta, completo.
    """
    faltan = {c: pd.Series(0.0, index=metas.index) for c in SIN_VALOR}
    if indices_poai is not None:
        poai = _poai_de_las_metas(metas, indices_poai).astype(dict.fromkeys(SIN_VALOR.values(), "float64"))
        faltan = {c: poai[n].where(poai[c].notna()).fillna(0.0) for c, n in SIN_VALOR.items()}
    minima = _dividir(metas["apropiacion_definitiva_cop"], metas["recursos_programados_cop"])
    return {
        "razon_poai": minima.where(faltan["apropiacion_definitiva_cop"] == 0),
        "razon_poai_minima": minima,
        "obligaciones_completas_cop": metas["obligaciones_cop"].where(faltan["obligaciones_cop"] == 0),
        "n_sin_definitiva": faltan["apropiacion_definitiva_cop"],
    }


def _de_un_renglon(filas: pd.DataFrame) -> dict[str, pd.Series[float]]:
    definitiva, cdp = filas["apropiacion_definitiva_cop"], filas["cdp_cop"]
    compromisos, obligaciones = filas["compromisos_cop"], filas["obligaciones_cop"]
    return {
        "razon_compromisos": _dividir(compromisos, definitiva),
        "razon_cdp_libre": _dividir(cdp - compromisos, cdp),
        "razon_pagos": _dividir(filas["pagos_cop"], obligaciones),
        "razon_reservas": _dividir(compromisos - obligaciones, definitiva),
        "reservas_cop": compromisos - obligaciones,
        "cdp_libre_cop": cdp - compromisos,
    }


def _con_faltas(medidas: Mapping[str, pd.Series[float]]) -> dict[str, pd.Series[float]]:
    return {
        **medidas,
        "sin_comprometer": (1.0 - medidas["razon_compromisos"]).clip(lower=0.0),
        "sin_pagar": (1.0 - medidas["razon_pagos"]).clip(lower=0.0),
    }


def _tolerada(financiera: pd.Series[float], brechas: Sequence[Mapping[str, float]]) -> pd.Series[float]:
    """Brecha tolerada según la ejecución financiera; la última banda vale para lo que pase de ella."""
    valores = financiera.to_numpy(dtype=np.float64)
    limites = np.array([banda["hasta"] for banda in brechas])
    toleradas = np.array([banda["tolerada"] for banda in brechas])
    banda = np.minimum(np.searchsorted(limites, valores, side="right"), len(limites) - 1)
    return pd.Series(np.where(np.isnan(valores), np.nan, toleradas[banda]), index=financiera.index)


def _de_proyecciones(proyecciones: pd.DataFrame | None) -> pd.DataFrame:
    if proyecciones is None:
        return pd.DataFrame(columns=list(PROYECTADAS.values()), dtype="float64")
    return proyecciones.set_index("codigo_meta")[list(PROYECTADAS)].rename(columns=PROYECTADAS)


def _de_actividades(indices_pa: pd.DataFrame | None) -> pd.DataFrame:
    """El índice físico publicado de las actividades de cada meta, hasta dónde puede llegar y con cuántas."""
    if indices_pa is None:
        return pd.DataFrame(columns=list(DE_ACTIVIDADES.values()), dtype="float64")
    nodos = indices_pa[(indices_pa["nivel"] == "meta") & (indices_pa["n_programadas"] > 0)]
    nodos = nodos.set_index("codigo")
    return nodos[list(DE_ACTIVIDADES)].rename(columns=DE_ACTIVIDADES).astype("float64")


def _de_hallazgos(hallazgos: pd.DataFrame | None) -> pd.DataFrame:
    """Reglas de calidad que señalaron la meta, separadas por espacio."""
    if hallazgos is None:
        return pd.DataFrame({"reglas_de_calidad": pd.Series(dtype="str")})
    propios = hallazgos[hallazgos["codigo_meta"].notna()]
    grupos = propios.groupby("codigo_meta")["regla"]
    return pd.DataFrame({"reglas_de_calidad": grupos.agg(lambda reglas: " ".join(sorted(set(reglas))))})


def _de_registros(registros: pd.DataFrame | None, corte: Corte) -> pd.DataFrame:
    """Si la meta cita soportes, solo en libros que traen alguno: hay formatos sin esa columna."""
    if registros is None:
        return pd.DataFrame({"cita_evidencia": pd.Series(dtype="float64")})
    filas = registros[(registros["vigencia"] == corte.vigencia) & registros["codigo_meta"].notna()]
    cita = filas["evidencia"].notna()
    filas = filas.assign(cita_evidencia=cita.astype("float64"))[
        cita.groupby(filas["sha256"]).transform("any")
    ]
    return filas.drop_duplicates("codigo_meta", keep="last").set_index("codigo_meta")[["cita_evidencia"]]


def _celdas(insumos: pd.DataFrame | None, corte: Corte) -> pd.DataFrame:
    """Celda del ejecutado de la vigencia, que sustenta casi toda alerta de meta."""
    if insumos is None:
        return pd.DataFrame({"celda": pd.Series(dtype="str")})
    filas = insumos[(insumos["campo"] == "ejecutado_vigencia") & (insumos["vigencia"] == corte.vigencia)]
    return filas.drop_duplicates("codigo_meta").set_index("codigo_meta")[["celda"]]


def _alguna(filas: pd.DataFrame, campo: str, grupo: str) -> pd.Series[float]:
    """Si alguna fila del grupo trae el campo: hay formatos sin esa columna, y ahí no falta nada."""
    return filas[campo].notna().groupby(filas[grupo], dropna=False).transform("any").astype("float64")


def _dividir(numerador: pd.Series[float], denominador: pd.Series[float]) -> pd.Series[float]:
    abajo = denominador.astype("float64")
    return numerador.astype("float64") / abajo.where(abajo > 0)
