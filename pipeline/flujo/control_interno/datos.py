"""Lo que Control Interno recibe de un corte, como tablas: matriz, conciliación, muestra y observaciones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from pipeline.esquemas import leer_tabla
from pipeline.flujo.contexto import Contexto, abrir
from pipeline.flujo.control_interno.registro import leer_registradas
from pipeline.informes import DatosInforme
from pipeline.modelo import EstadoReporte
from pipeline.muestra import sacar_muestra

DE_INFORME = ("plan", "entregas", "hallazgos", "metas", "indices", "alertas", "trazas", "trazas_nodos")
LLAVE = ["sha256", "hoja", "celda"]


@dataclass(frozen=True, kw_only=True)
class Control:
    """Las tablas de un corte que van al paquete, con la muestra ya sacada."""

    contexto: Contexto
    datos: DatosInforme
    matriz: pd.DataFrame
    conciliacion: pd.DataFrame
    muestra: pd.DataFrame
    observaciones: pd.DataFrame
    celdas: pd.DataFrame
    semilla: str
    tamano_dado: int | None = None

    @cached_property
    def universo(self) -> int:
        """Metas programadas con dependencia: las que podían salir en la muestra."""
        metas = self.datos.metas
        return int(
            ((metas["estado_reporte"] != EstadoReporte.NO_PROGRAMADA) & metas["dependencia"].notna()).sum()
        )

    @cached_property
    def muestra_con_cifras(self) -> pd.DataFrame:
        """La muestra con lo publicado de cada meta, su celda, lo escrito en ella y la evidencia citada."""
        metas = self.datos.metas[["codigo_meta", "programado_vigencia", "ejecutado_vigencia", "avance_crudo"]]
        renglones = self.matriz[self.matriz["nivel"] == "meta"]
        renglones = renglones[["codigo_meta", "evidencia", "archivo", *LLAVE]]
        # La celda puede dar varios campos; lo escrito es lo mismo en todos: vale el que trae el número.
        celdas = self.celdas.sort_values("valor_numero", kind="stable").drop_duplicates(LLAVE)
        celdas = celdas[[*LLAVE, "valor_crudo", "valor_numero", "transformacion"]]
        con_cifras = self.muestra.merge(metas, on="codigo_meta", how="left")
        con_cifras = con_cifras.merge(renglones, on="codigo_meta", how="left")
        return con_cifras.merge(celdas, on=LLAVE, how="left")

    @cached_property
    def datos_de_la_muestra(self) -> DatosInforme:
        """Los datos del informe con solo las metas de la muestra, para trazarlas."""
        codigos = set(self.muestra["codigo_meta"])
        d = self.datos
        return replace(
            d,
            metas=d.metas[d.metas["codigo_meta"].isin(codigos)],
            trazas=d.trazas[d.trazas["codigo_meta"].isin(codigos)],
            origenes=d.origenes[d.origenes["codigo_meta"].isin(codigos)],
        )

    @cached_property
    def por_dependencia(self) -> pd.DataFrame:
        """Una fila por dependencia con metas: su índice y cuánto hay que mirar en ella."""
        agregados = self.datos.indices[self.datos.indices["nivel"] == "dependencia"]
        columnas = ["codigo", "nombre", "n_metas", "n_programadas", "avance", "esperado", "semaforo"]
        abiertas = self.datos.alertas_ordenadas
        cuentas = {
            "n_en_muestra": self.muestra["dependencia"],
            "n_quiebres": self.conciliacion["dependencia"],
            "n_alertas": abiertas["dependencia"],
            "n_hallazgos": self.datos.hallazgos["dependencia"],
        }
        tabla = agregados[columnas].sort_values("nombre", ignore_index=True)
        return tabla.assign(
            **{
                nombre: tabla["codigo"].map(valores.value_counts()).fillna(0).astype("Int64")
                for nombre, valores in cuentas.items()
            }
        )

    @cached_property
    def conciliacion_por_regla(self) -> pd.DataFrame:
        """Cuántos casos halló cada regla de conciliación y un ejemplo."""
        grupos = self.conciliacion.groupby(["clase", "regla", "nombre_regla"], sort=True, dropna=False)
        return grupos.agg(n_casos=("mensaje", "size"), ejemplo=("mensaje", "first")).reset_index()


def abrir_control(vigencia: int, periodo: str, semilla: str = "") -> Control:
    """El corte de la entidad en que se trabaja, para el cuaderno. Ver `abrir_paquete`."""
    return abrir_paquete(abrir(vigencia, periodo), semilla=semilla)


def abrir_paquete(contexto: Contexto, *, semilla: str = "", tamano: int | None = None) -> Control:
    """Las tablas del corte y la muestra sacada con `semilla`.

    Sin semilla vale la publicada: el código DANE de la entidad y el corte. Levanta ErrorEntorno si el corte
    no se ha calculado.
    """
    carpeta = contexto.rutas.procesados(contexto.corte)
    tablas = {nombre: leer_tabla(nombre, carpeta) for nombre in DE_INFORME}
    propia = semilla.strip() or f"{contexto.config.entidad.dane}-{contexto.corte}"
    return Control(
        contexto=contexto,
        datos=DatosInforme(
            config=contexto.config,
            corte=contexto.corte,
            dependencia="",
            es_demostracion=contexto.rutas.es_demostracion,
            origenes=leer_tabla("insumos", carpeta),
            **tablas,
        ),
        matriz=leer_tabla("matriz", carpeta),
        conciliacion=leer_tabla("conciliacion", carpeta),
        muestra=sacar_muestra(tablas["metas"], semilla=propia, tamano=tamano),
        observaciones=leer_registradas(contexto),
        celdas=leer_tabla("celdas", carpeta),
        semilla=propia,
        tamano_dado=tamano,
    )
