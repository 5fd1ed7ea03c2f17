"""Cómo se mira lo que dio cada etapa: tablas cortas para los cuadernos 01 y 02. No cambian nada."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pipeline.flujo.contexto import Contexto
from pipeline.flujo.entrada import Entregas, Plan, unir
from pipeline.flujo.ingesta import Revision
from pipeline.flujo.previos import CortePrevio
from pipeline.formato_es import porcentaje
from pipeline.informes.frases import textos_fijos
from pipeline.libros import en_palabras
from pipeline.modelo import NOMBRES_DE_MEDIDA

ORDEN_SEVERIDAD = {"bloquea": 0, "observa": 1, "informa": 2}
OPCIONES = {
    "predeterminado": "Método predeterminado",
    "tope": "Tope del avance de una meta",
    "no_programada": "Meta no programada en la vigencia",
    "sin_reporte": "Meta programada sin reporte",
    "agregacion": "Agregación oficial",
    "denominador_mantenimiento": "Denominador de las metas de mantenimiento",
    "capacidad_descuenta_linea_base": "Capacidad descuenta la línea base",
    "esperado": "Lo esperado al corte",
    "ejecucion_financiera": "Ejecución financiera",
    "eficiencia_minima": "Ejecución financiera mínima para hablar de eficiencia",
}


def resumen_del_plan(plan: Plan) -> pd.DataFrame:
    """Metas y recursos programados por vigencia: columnas vigencia, metas, programadas, recursos_cop."""
    vigencias = plan.vigencias.assign(programada=plan.vigencias["programado_vigencia"].gt(0))
    return vigencias.groupby("vigencia", as_index=False).agg(
        metas=("codigo_meta", "nunique"),
        programadas=("programada", "sum"),
        recursos_cop=("recursos_programados_cop", lambda valores: valores.sum(min_count=1)),
    )


def hallazgos_por_regla(hallazgos: pd.DataFrame) -> pd.DataFrame:
    """Cuántas veces se incumplió cada regla, de lo que bloquea a lo que informa."""
    conteo = hallazgos.groupby(["regla", "severidad"], as_index=False).agg(
        hallazgos=("mensaje", "size"), libros=("sha256", "nunique"), ejemplo=("mensaje", "first")
    )
    orden = conteo["severidad"].map(ORDEN_SEVERIDAD)
    return conteo.assign(orden=orden).sort_values(["orden", "regla"], ignore_index=True)


def hallazgos_por_atender(hallazgos: pd.DataFrame) -> pd.DataFrame:
    """Los que bloquean y los que observan, en ese orden y luego en el del libro."""
    atender = hallazgos[hallazgos["severidad"] != "informa"]
    orden = atender["severidad"].map(ORDEN_SEVERIDAD)
    return atender.assign(orden=orden).sort_values("orden", kind="stable", ignore_index=True)


def entregas_leidas(leidas: Mapping[str, Entregas]) -> pd.DataFrame:
    """Lo recibido de todos los instrumentos que sigue la entidad, en un solo cuadro."""
    return unir("entregas", [e.entregas for e in leidas.values()])


def balance_de_filas(leidas: Mapping[str, Entregas], revision: Revision) -> pd.DataFrame:
    """Por libro vigente: filas con datos, cuántas llegaron a registros y cuántas quedaron sin explicar.

    Una fila está explicada si está en los registros o tiene un hallazgo que la nombra.
    """
    llave = ["sha256", "hoja", "fila"]
    celdas = pd.concat([e.celdas[[*llave, "archivo"]] for e in leidas.values()], ignore_index=True)
    filas = celdas.drop_duplicates()
    tablas = [tabla[llave] for e in leidas.values() for tabla in (e.registros, e.movimientos)]
    en_registros = pd.MultiIndex.from_frame(pd.concat(tablas, ignore_index=True).drop_duplicates())
    con_hallazgo = pd.MultiIndex.from_frame(revision.hallazgos[llave].dropna().drop_duplicates())
    indice = pd.MultiIndex.from_frame(filas[llave])
    cuenta = filas.assign(
        registradas=indice.isin(en_registros),
        sin_explicar=~(indice.isin(en_registros) | indice.isin(con_hallazgo)),
    )
    return cuenta.groupby("archivo", as_index=False).agg(
        leidas=("fila", "size"), registradas=("registradas", "sum"), sin_explicar=("sin_explicar", "sum")
    )


def renglon_de_entrega(fila: Mapping[Any, Any]) -> str:
    """Renglón de «seguimiento estado»: quién, qué entregó y cuándo."""
    if not fila["version"]:
        return (
            f"  ○ {fila['dependencia']:<8} {fila['nombre_dependencia']}: sin entregar (vence {fila['vence']})"
        )
    tarde = f", {fila['dias_mora']} días hábiles tarde" if fila["dias_mora"] else ", a tiempo"
    return (
        f"  ● {fila['dependencia']:<8} {fila['nombre_dependencia']}: {fila['archivo']} "
        f"(versión {fila['version']}, {fila['recibido_en'][:10]}{tarde})"
    )


def opciones_del_metodo(contexto: Contexto) -> pd.DataFrame:
    """Opciones del método con su nombre en palabras: columnas opcion y valor."""
    metodo = contexto.config.metodo
    filas = [(nombre, _valor(getattr(metodo, campo))) for campo, nombre in OPCIONES.items()]
    bandas = ", ".join(
        f"{nombre} desde {porcentaje(limite, 0)}" for nombre, limite in metodo.bandas.model_dump().items()
    )
    return pd.DataFrame([*filas, ("Bandas del semáforo", bandas)], columns=["opcion", "valor"])


def resumen_de_previos(previos: Sequence[CortePrevio]) -> pd.DataFrame:
    """Los índices del plan en cada corte anterior: una fila por corte, del primero al último."""
    columnas = ["corte", "n_programadas", "n_reportadas", "avance", "esperado", "ejecucion_financiera"]
    filas = [p.indices[p.indices["nivel"] == "plan"].assign(corte=str(p.corte)) for p in previos]
    return pd.concat(filas, ignore_index=True)[columnas] if filas else pd.DataFrame(columns=columnas)


def metas_por_estado(base: pd.DataFrame) -> pd.DataFrame:
    """Cuántas metas hay en cada situación de reporte."""
    return base.groupby("estado_reporte", as_index=False).agg(metas=("codigo_meta", "size"))


def indices_principales(indices: pd.DataFrame) -> pd.DataFrame:
    """Índices del plan, las líneas y las dependencias (los demás niveles van en indices.csv)."""
    principales = indices[indices["nivel"].isin(["plan", "linea", "dependencia"])]
    return principales.assign(nivel=principales["nivel"].map(en_palabras)).reset_index(drop=True)


def niveles_principales(indices: pd.DataFrame) -> pd.DataFrame:
    """El total y las dependencias de `indices_poai` o `indices_pa` (los demás niveles van en su CSV)."""
    return indices[indices["nivel"].isin(["total", "dependencia"])].reset_index(drop=True)


def quiebres_por_regla(conciliacion: pd.DataFrame) -> pd.DataFrame:
    """Cuántos quiebres y señales halló cada regla de conciliación, con un ejemplo; primero los quiebres."""
    reglas = conciliacion.groupby(["clase", "regla", "nombre_regla"], as_index=False).agg(
        casos=("mensaje", "size"), ejemplo=("mensaje", "first")
    )
    return reglas.assign(clase=reglas["clase"].map(en_palabras))


def renglones_por_estado(matriz: pd.DataFrame) -> pd.DataFrame:
    """Cuántas metas y actividades hay en cada situación de la matriz de seguimiento."""
    return matriz.groupby(["nivel", "estado"], as_index=False).agg(renglones=("id_renglon", "size"))


def variaciones_principales(variaciones: pd.DataFrame, cuantas: int = 10) -> pd.DataFrame:
    """Las metas que más movieron el índice del plan, para arriba o para abajo, con la causa en palabras."""
    causas = textos_fijos()["causas"]
    del_plan = variaciones[variaciones["nivel"] == "plan"]
    orden = del_plan["efecto"].abs().sort_values(ascending=False, kind="stable").index
    mayores = del_plan.loc[orden].head(cuantas).reset_index(drop=True)
    return mayores.assign(causa=[causas[c]["una"] for c in mayores["causa"]])


def serie_del_plan(serie_indices: pd.DataFrame) -> pd.DataFrame:
    """El índice del plan y de sus líneas en cada corte del cuatrienio."""
    return serie_indices[serie_indices["nivel"].isin(["plan", "linea"])].reset_index(drop=True)


def serie_de_ejemplo(serie_metas: pd.DataFrame) -> pd.DataFrame:
    """La primera meta en cada corte, para ver cómo es la serie; todas están en la tabla `serie_metas`."""
    primera: pd.DataFrame = serie_metas[serie_metas["codigo_meta"] == serie_metas["codigo_meta"].min()]
    return primera.reset_index(drop=True)


def trazas_de_ejemplo(trazas: pd.DataFrame) -> pd.DataFrame:
    """Las primeras trazas con cifra, para ver cómo son; todas están en la tabla `trazas` del corte."""
    primeras = trazas[trazas["resultado"].notna()].head(10).reset_index(drop=True)
    return primeras.assign(medida=[NOMBRES_DE_MEDIDA.get(m, m) for m in primeras["medida"]])


def trazas_principales(trazas_nodos: pd.DataFrame) -> pd.DataFrame:
    """Las trazas del plan y de sus líneas; todas están en la tabla `trazas_nodos` del corte."""
    principales = trazas_nodos["nivel"].isin(["plan", "linea"]) & trazas_nodos["resultado"].notna()
    del_plan = trazas_nodos[principales].reset_index(drop=True)
    return del_plan.assign(nivel=del_plan["nivel"].map(en_palabras))


def _valor(valor: object) -> str:
    if isinstance(valor, bool):
        return "sí" if valor else "no"
    return porcentaje(valor, 0) if isinstance(valor, float) else str(valor).replace("_", " ")
