"""El Plan de Acción de un corte como lo muestra su informe (cuaderno 06): tablas y figuras. No redacta."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import graficos, plantillas
from pipeline.config import Rutas, hallar_raiz
from pipeline.esquemas import crear_tabla, leer_tabla
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.pa import plan_ajustado
from pipeline.informes import DatosInforme, abrir_corte

FUENTE = "Fuente: libros del Plan de Acción (FOR-08) de las dependencias. Cálculo según el método."
INDICES = {"indice_fisico_crudo": "físico", "indice_inversion": "de inversión", "eficiencia": "eficiencia"}
DECLARADOS = {
    "indice_fisico_crudo": "indice_fisico_declarado",
    "indice_inversion": "indice_inversion_declarado",
    "eficiencia": "eficiencia_declarada",
}
COSTO = "costo_programado_cop"
TOLERANCIA = 0.01  # los índices se escriben con dos decimales


@dataclass(frozen=True, slots=True, kw_only=True)
class DatosPa:
    """El Plan de Acción de un corte abierto para leer.

    `datos` son los del corte con solo las entregas y los hallazgos del Plan de Acción; `ajuste`, lo que
    cambió en lo programado desde el corte anterior de la vigencia; `celdas`, las leídas de sus libros.
    """

    datos: DatosInforme
    registros: pd.DataFrame
    actividades: pd.DataFrame
    indices: pd.DataFrame
    revisiones: pd.DataFrame
    ajuste: pd.DataFrame
    celdas: pd.DataFrame

    @property
    def resumen(self) -> Mapping[str, float]:
        """Fila total de `indices_pa`; vacía si el corte no tiene actividades."""
        filas = self.indices[self.indices["nivel"] == "total"]
        return dict(filas.iloc[0]) if len(filas) else {}

    def nivel(self, nombre: str) -> pd.DataFrame:
        """Nodos de un nivel, de mayor a menor índice físico; sin nombre, llevan su código.

        Agrega `con_reporte`: «8 de 10» actividades programadas.
        """
        filas = self.indices[self.indices["nivel"] == nombre]
        filas = filas.assign(
            nombre=filas["nombre"].fillna(filas["codigo"]),
            con_reporte=filas["n_reportadas"].astype("str") + " de " + filas["n_programadas"].astype("str"),
        )
        return filas.sort_values(["indice_fisico", "codigo"], ascending=[False, True], na_position="last")

    def __repr__(self) -> str:
        return f"{self.datos.rotulo_corte} · {len(self.actividades)} actividades del Plan de Acción"


def abrir_pa(vigencia: int, periodo: str) -> DatosPa:
    """El Plan de Acción del corte en la entidad en que se trabaja.

    Levanta ErrorConfiguracion si el corte no existe y ErrorEntorno si no se ha calculado.
    """
    datos = abrir_corte(vigencia, periodo, instrumento="pa")
    rutas = Rutas(hallar_raiz(Path.cwd()))
    carpeta = rutas.procesados(datos.corte)
    tablas = {
        nombre: leer_tabla(nombre, carpeta)
        for nombre in ("registros_pa", "actividades", "indices_pa", "revisiones", "celdas")
    }
    entregas, hallazgos = (t[t["instrumento"] == "pa"] for t in (datos.entregas, datos.hallazgos))
    propios = replace(datos, origenes=crear_tabla("insumos"), entregas=entregas, hallazgos=hallazgos)
    return DatosPa(
        datos=propios,
        registros=tablas["registros_pa"],
        actividades=tablas["actividades"],
        indices=tablas["indices_pa"],
        revisiones=tablas["revisiones"],
        ajuste=plan_ajustado(Contexto(rutas=rutas, config=datos.config, corte=datos.corte)),
        celdas=tablas["celdas"][tablas["celdas"]["tabla"] == "registros_pa"],
    )


def figura_fisica(pa: DatosPa) -> graficos.Figura | None:
    """Índice físico de cada dependencia contra lo esperado, con sus cotas; None si nadie lo tiene."""
    figura = graficos.avance_contra_esperado(_como_avance(pa, "dependencia"), "dependencia")
    subtitulo = (
        f"Índice físico por dependencia, {pa.datos.rotulo_corte}. La raya vertical es lo esperado al corte; "
        "la línea delgada, el índice posible según lo que falta por reportar"
    )
    return figura and replace(figura, subtitulo=subtitulo, traza="trazas-dependencia", fuente=FUENTE)


def figura_de_inversion(pa: DatosPa) -> graficos.Figura | None:
    """Índice físico contra índice de inversión de cada dependencia; None si no hay ambos."""
    ejes = ("Índice físico", "Índice de inversión")
    figura = graficos.cuadrante(_como_avance(pa, "dependencia"), pa.datos.rotulo_corte, ejes=ejes)
    subtitulo = (
        f"Índices físico y de inversión por dependencia, {pa.datos.rotulo_corte}. Encima de la diagonal "
        "(cuadros) el dinero va más rápido que las actividades"
    )
    if figura is None:
        return None
    titular = figura.titular.replace("de las metas", "de las actividades")
    return replace(figura, titular=titular, subtitulo=subtitulo, traza="trazas-dependencia", fuente=FUENTE)


def _con_lugar(filas: pd.DataFrame) -> pd.DataFrame:
    """Agrega `lugar`: el libro, la hoja y la fila de cada actividad."""
    return filas.assign(
        lugar=[
            f"{archivo} › {hoja} › fila {fila}"
            for archivo, hoja, fila in filas[["archivo", "hoja", "fila"]].itertuples(index=False, name=None)
        ]
    )


def diferencias_con_lo_declarado(pa: DatosPa) -> pd.DataFrame:
    """Índices escritos que difieren del calculado en más de 0,01, de la mayor diferencia a la menor.

    Una fila por índice: `indice`, `calculado`, `declarado` y `diferencia`, con la identidad de la actividad.
    """
    partes = []
    for calculado, declarado in DECLARADOS.items():
        filas = pa.actividades.assign(
            indice=INDICES[calculado],
            calculado=pa.actividades[calculado],
            declarado=pa.actividades[declarado],
        )
        partes.append(filas)
    todas = pd.concat(partes, ignore_index=True)
    todas = todas.assign(diferencia=todas["declarado"] - todas["calculado"])
    distintas = todas[todas["diferencia"].abs() > TOLERANCIA]
    orden = distintas["diferencia"].abs().sort_values(ascending=False, kind="stable").index
    return _con_lugar(distintas.loc[orden])


def vencidas(pa: DatosPa) -> pd.DataFrame:
    """Actividades cuya terminación programada ya pasó sin llegar al 100 %, la más antigua primero."""
    filas = pa.actividades[pa.actividades["es_vencida"].astype(bool)]
    return filas.sort_values(["fecha_fin", "id_actividad"], kind="stable")


def sin_evidencia(pa: DatosPa) -> pd.DataFrame:
    """Actividades con avance reportado que no citan soporte."""
    tabla = pa.actividades
    con_avance = (tabla["estado_reporte"] == "reportada") & (tabla["indice_fisico_crudo"] > 0)
    return _con_lugar(_en_orden(tabla[con_avance & tabla["evidencia"].isna()]))


def sin_reporte(pa: DatosPa) -> pd.DataFrame:
    """Actividades programadas que no dicen cuánto ejecutaron."""
    return _con_lugar(_en_orden(pa.actividades[pa.actividades["estado_reporte"] == "sin_reporte"]))


def devueltas(pa: DatosPa) -> pd.DataFrame:
    """Actividades que no cuentan: las que el Grupo devolvió y las que la puerta de calidad no dejó entrar."""
    filas = pa.actividades[pa.actividades["estado_reporte"] == "devuelta"]
    por = filas["decision_grupo"].eq("devuelta").map({True: "el Grupo", False: "la revisión automática"})
    motivo = filas["motivo_grupo"].fillna(filas["id_actividad"].map(_motivos(pa)))
    return _con_lugar(_en_orden(filas.assign(por=por, motivo=motivo)))


def revision(pa: DatosPa) -> pd.DataFrame:
    """Por dependencia: actividades, revisadas por el Grupo, aceptadas y devueltas."""
    tabla = pa.actividades.assign(
        _aceptada=pa.actividades["decision_grupo"].eq("aceptada").fillna(False).astype("int64"),
        _devuelta=pa.actividades["decision_grupo"].eq("devuelta").fillna(False).astype("int64"),
    )
    grupos = tabla.groupby(["dependencia", "nombre_dependencia"], sort=True, dropna=False)
    cuenta = grupos.agg(
        n_actividades=("id_actividad", "size"),
        n_aceptadas=("_aceptada", "sum"),
        n_devueltas=("_devuelta", "sum"),
        n_autoevaluadas=("autoevaluacion", "count"),
    ).reset_index()
    return cuenta.assign(
        n_sin_revisar=cuenta["n_actividades"] - cuenta["n_aceptadas"] - cuenta["n_devueltas"]
    )


def cambios(pa: DatosPa) -> pd.DataFrame:
    """Lo que cambió en lo programado, con el nombre de cada dato como está en el formulario.

    Ni el costo ni las fuentes: siguen al presupuesto, no a la actividad, y van en `costos`.
    """
    formulario = plantillas.leer_formulario_pa()
    rotulos = {c.campo: c.encabezado for c in formulario.columnas} | dict(formulario.membrete)
    fuentes = [c.campo for c in formulario.columnas if c.grupo == "FUENTES DE FINANCIACIÓN"]
    detalle = pa.ajuste[~pa.ajuste["campo"].isin([COSTO, *fuentes])]
    return detalle.assign(campo=detalle["campo"].map(rotulos).str.rstrip(":").str.capitalize())


def costos(pa: DatosPa) -> pd.DataFrame:
    """Cada actividad cuyo costo programado cambió: `antes` y `ahora`, escritos como están en los libros."""
    return pa.ajuste[pa.ajuste["campo"] == COSTO].assign(campo="Costo total (pesos)")


def costos_por_dependencia(pa: DatosPa) -> pd.DataFrame:
    """Cuánto cambió el costo de las actividades de cada dependencia, en pesos, de más a menos."""
    filas = costos(pa)
    filas = filas.assign(antes_cop=_en_pesos(filas["antes"]), ahora_cop=_en_pesos(filas["ahora"]))
    grupos = filas.groupby("dependencia", as_index=False, dropna=False).agg(
        n_actividades=("campo", "size"), antes_cop=("antes_cop", "sum"), ahora_cop=("ahora_cop", "sum")
    )
    nombres = {d.codigo: d.nombre for d in pa.datos.config.dependencias}
    return grupos.assign(
        nombre_dependencia=grupos["dependencia"].map(nombres).fillna(grupos["dependencia"]),
        diferencia_cop=grupos["ahora_cop"] - grupos["antes_cop"],
    ).sort_values(["diferencia_cop", "dependencia"], key=_por_tamano, ascending=[False, True])


def _en_pesos(escritos: pd.Series[str]) -> pd.Series[float]:
    """Pesos de un costo escrito como lo escribe `plan_ajustado`, con punto de miles y coma decimal."""
    llano = escritos.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    return llano.astype("float64")


def _por_tamano(columna: pd.Series[Any]) -> pd.Series[Any]:
    return columna.abs() if columna.dtype.kind == "f" else columna


def cambios_por_dato(pa: DatosPa) -> pd.DataFrame:
    """Cuántas actividades cambiaron en cada dato, también en el costo: `que` y `n_actividades`."""
    cambiados = pd.concat([cambios(pa), costos(pa)])
    que = cambiados["campo"].fillna("Actividad " + cambiados["cambio"].fillna(""))
    cuenta = que.value_counts(sort=True).rename_axis("que").rename("n_actividades").reset_index()
    return cuenta.sort_values(["n_actividades", "que"], ascending=[False, True], kind="stable")


def matriz(pa: DatosPa) -> pd.DataFrame:
    """Todas las actividades, por dependencia y código, con sus índices calculados y declarados."""
    return _en_orden(pa.actividades)


def _en_orden(filas: pd.DataFrame) -> pd.DataFrame:
    return filas.sort_values(["nombre_dependencia", "id_actividad"], kind="stable", na_position="last")


def _motivos(pa: DatosPa) -> dict[str, str]:
    """Mensaje de lo que bloqueó cada actividad."""
    bloqueos = pa.datos.hallazgos[pa.datos.hallazgos["severidad"] == "bloquea"]
    dichos = {
        (s, h, f): m
        for s, h, f, m in bloqueos[["sha256", "hoja", "fila", "mensaje"]].itertuples(index=False, name=None)
    }
    de_libro = (
        bloqueos[bloqueos["alcance"] == "libro"].drop_duplicates("sha256").set_index("sha256")["mensaje"]
    )
    campos = ["id_actividad", "sha256", "hoja", "fila"]
    return {
        i: dichos.get((s, h, f), de_libro.get(s, "el libro se devolvió"))
        for i, s, h, f in pa.actividades[campos].itertuples(index=False, name=None)
    }


def _como_avance(pa: DatosPa, nivel: str) -> pd.DataFrame:
    """Los índices con los nombres que esperan las figuras del avance."""
    corte = pa.datos.corte
    return pa.nivel(nivel).assign(
        avance=lambda t: t["indice_fisico"],
        ejecucion_financiera=lambda t: t["indice_inversion"],
        vigencia=corte.vigencia,
        periodo=corte.periodo.value,
    )
