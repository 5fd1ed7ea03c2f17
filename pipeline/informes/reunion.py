"""Las alertas listas para la reunión de verificación: qué hacer primero y una hoja por dependencia."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.config import Rutas, hallar_raiz
from pipeline.esquemas import leer_tabla
from pipeline.formato_es import contar, fecha_larga, numero, porcentaje
from pipeline.hipertexto import ancla_de_traza, enlazar_traza, texto_seguro
from pipeline.informes.anexo import trazas as anexo_de_trazas
from pipeline.informes.bloques import Bloque, lista, parrafo
from pipeline.informes.datos import DatosInforme
from pipeline.informes.frases import frase, textos_fijos
from pipeline.modelo import ORDEN_SEVERIDAD

PRIMERAS = 5
POR_DEPENDENCIA = 5  # las que caben en una hoja impresa


@dataclass(frozen=True, slots=True, kw_only=True)
class Reunion:
    """Las alertas vivas del corte, de mayor a menor impacto, las resueltas y los aciertos de cada regla."""

    datos: DatosInforme
    vivas: pd.DataFrame
    resueltas: pd.DataFrame
    evaluacion: pd.DataFrame

    @property
    def primeras(self) -> pd.DataFrame:
        """Las de mayor impacto de todo el plan."""
        return self.vivas.head(15).assign(puntos_del_plan=self.vivas["impacto"])

    @property
    def por_dependencia(self) -> pd.DataFrame:
        """Cuántas alertas tiene cada dependencia y cuánto pesan, de más a menos impacto."""
        tabla = self.vivas.assign(
            altas=self.vivas["severidad"].eq("alta"),
            vencidas=self.vivas["es_vencida"].fillna(False).astype(bool),
        )
        grupos = tabla.groupby("dependencia", as_index=False).agg(
            nombre_dependencia=("nombre_dependencia", "first"),
            n_alertas=("id_alerta", "size"),
            altas=("altas", "sum"),
            vencidas=("vencidas", "sum"),
            impacto=("impacto", "sum"),
        )
        return grupos.sort_values(["impacto", "dependencia"], ascending=[False, True], ignore_index=True)

    @property
    def nuevas(self) -> pd.DataFrame:
        """Las que se abrieron en este corte o empeoraron, en orden de impacto."""
        return self.vivas[self.vivas["estado"].isin(["abierta", "agravada"])].head(15)

    @property
    def aciertos(self) -> pd.DataFrame:
        """Por regla, cuántas veces alertó en cortes ya cerrados y cuántas acertó."""
        reglas = self.evaluacion[self.evaluacion["clase"] == "regla"]
        con_casos = reglas[
            reglas["precision"].notna()
        ]  # sin desenlace que observar no hay acierto que contar
        return con_casos.sort_values(["n_alertas", "regla"], ascending=[False, True], ignore_index=True)


def abrir_reunion(datos: DatosInforme) -> Reunion:
    """Las alertas del corte abierto en `datos`, ordenadas por impacto y luego por prioridad."""
    carpeta = Rutas(hallar_raiz(Path.cwd())).procesados(datos.corte)
    ordenadas = datos.alertas.assign(_orden=datos.alertas["severidad"].map(ORDEN_SEVERIDAD))
    ordenadas = ordenadas.sort_values(
        ["impacto", "_orden", "id_alerta"], ascending=[False, True, True], na_position="last"
    ).drop(columns="_orden")
    es_resuelta = ordenadas["estado"] == "resuelta"
    return Reunion(
        datos=datos,
        vivas=ordenadas[~es_resuelta].reset_index(drop=True),
        resueltas=ordenadas[es_resuelta].reset_index(drop=True),
        evaluacion=leer_tabla("evaluacion_alertas", carpeta),
    )


def que_hacer_primero(reunion: Reunion) -> Bloque:
    """De mayor a menor impacto, lo primero de cinco metas o dependencias: quién, qué y para cuándo."""
    if reunion.vivas.empty:
        return parrafo()
    vinetas = [
        frase(
            "primero",
            dependencia=_texto(a["nombre_dependencia"], _texto(a["dependencia"], "Sin dependencia")),
            de_que=_de_que(a),
            regla=_texto(a["nombre_regla"], a["regla"]).lower(),
            evidencia=_texto(a["evidencia"], ""),
            accion=_texto(a["accion"], ""),
            vence=_plazo(a),
        )
        for a in reunion.vivas.drop_duplicates("codigo").head(PRIMERAS).to_dict("records")
    ]
    return lista(vinetas, clase="texto puntos")


def _de_que(alerta: dict[Any, Any]) -> str:
    """La meta o la actividad de la alerta; nada si es de toda la dependencia, que ya va nombrada."""
    if alerta["codigo"] == alerta["dependencia"]:
        return ""
    return f", {alerta['codigo']} ({_corto(_texto(alerta['nombre'], ''), 90)})"


def resumen_de_alertas(reunion: Reunion) -> Bloque:
    """Cuántas hay, cuántas de prioridad alta y vencidas, y en qué dependencias se concentran."""
    vivas = reunion.vivas
    if vivas.empty:
        return parrafo(frase("sin_alertas"))
    altas, vencidas = int((vivas["severidad"] == "alta").sum()), int(vivas["es_vencida"].eq(True).sum())
    mayores = reunion.por_dependencia.head(3)
    suma = float(reunion.por_dependencia["impacto"].sum())
    parte = float(mayores["impacto"].sum()) / suma if suma > 0 else 0.0
    return parrafo(
        frase(
            "resumen_de_alertas",
            total=contar(len(vivas), "alerta abierta", "alertas abiertas"),
            altas=numero(altas, 0),
            vencidas=contar(vencidas, "ya venció", "ya vencieron"),
        ),
        frase(
            "donde_se_concentran",
            dependencias=", ".join(
                _texto(n, c)
                for n, c in zip(mayores["nombre_dependencia"], mayores["dependencia"], strict=True)
            ),
            parte=porcentaje(parte),
        )
        if len(reunion.por_dependencia) > 3
        else "",
    )


def hojas_por_dependencia(reunion: Reunion) -> Bloque:
    """Una hoja por dependencia, de más a menos impacto: sus alertas con evidencia, traza y qué se pide."""
    if reunion.vivas.empty:
        return parrafo(frase("sin_alertas"), clase="vacio")
    hojas = [
        _hoja(reunion, str(fila["dependencia"]), _texto(fila["nombre_dependencia"], str(fila["dependencia"])))
        for fila in reunion.por_dependencia.to_dict("records")
    ]
    return Bloque("".join(hojas))


def trazas_de_las_alertas(reunion: Reunion) -> Bloque:
    """El anexo de trazas, solo con las metas que tienen alerta."""
    datos = reunion.datos
    codigos = set(reunion.vivas.loc[reunion.vivas["nivel"] == "meta", "codigo"])
    return anexo_de_trazas(
        replace(
            datos,
            metas=datos.metas[datos.metas["codigo_meta"].isin(codigos)],
            trazas=datos.trazas[datos.trazas["codigo_meta"].isin(codigos)],
            trazas_nodos=datos.trazas_nodos[datos.trazas_nodos["nivel"] == "plan"],
            origenes=datos.origenes[datos.origenes["codigo_meta"].isin(codigos)],
        )
    )


def _hoja(reunion: Reunion, dependencia: str, nombre: str) -> str:
    propias = reunion.vivas[reunion.vivas["dependencia"] == dependencia]
    altas = int((propias["severidad"] == "alta").sum())
    con_traza = set(reunion.datos.trazas["codigo_meta"])
    fichas = "".join(_ficha(alerta, con_traza) for alerta in propias.head(POR_DEPENDENCIA).to_dict("records"))
    resto = len(propias) - POR_DEPENDENCIA
    demas = parrafo(frase("demas_alertas", cuantas=contar(resto, "alerta"))).contenido if resto > 0 else ""
    total = contar(len(propias), "alerta")
    resumen = frase("hoja", total=total, altas=numero(altas, 0))
    return (
        f'<section class="hoja-alertas"><h3>{texto_seguro(nombre)}</h3>{parrafo(resumen).contenido}'
        f"<ol>{fichas}</ol>{demas}</section>"
    )


def _ficha(alerta: dict[Any, Any], con_traza: set[str]) -> str:
    """Una alerta: qué pasa, con qué evidencia, de dónde sale, qué se pide, a quién y para cuándo."""
    codigo = texto_seguro(alerta["codigo"])
    if alerta["nivel"] == "meta" and alerta["codigo"] in con_traza:
        codigo = enlazar_traza(codigo, ancla_de_traza("meta", alerta["codigo"]))
    rotulo = textos_fijos()["estados_de_alerta"].get(str(alerta["estado"]), "")
    edad = alerta["edad_cortes"]
    hace = f", {contar(int(edad), 'corte')}" if pd.notna(edad) and int(edad) > 1 else ""
    lugar = " › ".join(texto_seguro(alerta[c]) for c in ("archivo", "hoja", "celda") if pd.notna(alerta[c]))
    renglones = {
        "Evidencia": texto_seguro(_texto(alerta["evidencia"], "")),
        "De dónde sale": lugar,
        "Qué se pide": texto_seguro(_texto(alerta["accion"], "")),
        "Quién y cuándo": f"{texto_seguro(_texto(alerta['responsable'], ''))}, "
        f"{texto_seguro(_plazo(alerta))}",
        "Respuesta": texto_seguro(_texto(alerta["respuesta"], "")),
    }
    cuerpo = "".join(f"<li><strong>{n}.</strong> {t}</li>" for n, t in renglones.items() if t)
    regla = texto_seguro(_texto(alerta["nombre_regla"], str(alerta["regla"])))
    prioridad = textos_fijos()["prioridades"].get(str(alerta["severidad"]), "")
    return (
        f'<li class="bloque-traza"><p><strong>{regla}</strong> ({prioridad}; {rotulo}{hace}): {codigo} '
        f"{texto_seguro(_corto(_texto(alerta['nombre'], ''), 160))}</p><ul>{cuerpo}</ul></li>"
    )


def _texto(valor: Any, alterno: str) -> str:
    return alterno if valor is None or pd.isna(valor) or not str(valor).strip() else str(valor)


def _corto(texto: str, letras: int) -> str:
    return texto if len(texto) <= letras else texto[:letras].rsplit(" ", 1)[0].rstrip(" .,;:") + "…"


def _plazo(alerta: dict[Any, Any]) -> str:
    fecha = alerta["vence"]
    if pd.isna(fecha) or not fecha:
        return "sin fecha"
    dia = fecha_larga(pd.Timestamp(fecha).date())
    return f"venció el {dia}" if alerta["es_vencida"] is True else f"a más tardar el {dia}"


def texto_de_aciertos(reunion: Reunion) -> Bloque:
    """Cómo se lee la tabla de aciertos, o que aún no hay historia con que probar las reglas."""
    return parrafo(frase("sin_aciertos" if reunion.aciertos.empty else "aciertos"))
