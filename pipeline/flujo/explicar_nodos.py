"""De un nodo o de una actividad a sus cifras en cada instrumento, sus fórmulas y sus celdas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from pipeline import calidad, indices, trazas
from pipeline.errores import ErrorConfiguracion
from pipeline.esquemas import leer_tabla
from pipeline.explicacion import mas_parecido, parecido
from pipeline.flujo.contexto import Contexto
from pipeline.formato_es import citar_crudo, exacto, nombrar_primeros
from pipeline.informes.bloques_de_traza import nombre_de_campo
from pipeline.modelo import ETAPAS_DEL_GASTO

SEPARADOR = ":"  # dependencia:SEDU


@dataclass(frozen=True, slots=True, kw_only=True)
class CifraExplicada:
    """La fórmula de una cifra con sus números, y de qué celdas salieron."""

    instrumento: str  # Plan Indicativo, POAI o Plan de Acción
    formula: str
    celdas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CifrasExplicadas:
    """Todo lo que los instrumentos dicen de un nodo o de una actividad en un corte."""

    titulo: str
    corte: str
    cifras: tuple[CifraExplicada, ...]

    def __str__(self) -> str:
        lineas, anterior = [self.titulo, f"Corte {self.corte}"], CifraExplicada(instrumento="", formula="")
        for cifra in self.cifras:
            if cifra.instrumento != anterior.instrumento:
                lineas += ["", cifra.instrumento]
            elif anterior.celdas:
                lineas.append("")
            lineas.append(f"  {cifra.formula}")
            lineas += [f"  · {c}" for c in cifra.celdas]
            anterior = cifra
        return "\n".join(lineas)

    def como_datos(self) -> dict[str, Any]:
        """Lo mismo, para leerlo con un programa."""
        return asdict(self)


def es_nodo(clave: str) -> bool:
    """Si lo pedido se escribió como un nodo: «dependencia:SEDU»."""
    return SEPARADOR in clave


def explicar_nodo(contexto: Contexto, clave: str) -> CifrasExplicadas:
    """Las cifras de un nodo en los tres instrumentos; `clave` es «nivel:código» (fuente:1.2.4.3.03).

    Levanta ErrorConfiguracion si ningún instrumento tiene ese nodo (con el más parecido) y ErrorEntorno si el
    corte no se ha calculado.
    """
    nivel, codigo = (parte.strip() for parte in clave.split(SEPARADOR, 1))
    carpeta = contexto.rutas.procesados(contexto.corte)
    nodos = pd.concat(
        [
            leer_tabla(t, carpeta)[["nivel", "codigo", "nombre"]]
            for t in ("indices", "indices_poai", "indices_pa")
        ]
    )
    hallado = nodos[(nodos["nivel"] == nivel) & (nodos["codigo"] == codigo)]
    if hallado.empty:
        raise _nodo_desconocido(clave, nivel, codigo, nodos)
    nombre = hallado["nombre"].dropna()
    cifras = (
        *_del_plan_indicativo(contexto, nivel, codigo),
        *_del_poai(contexto, nivel, codigo),
        *_del_plan_de_accion(contexto, nivel, codigo),
    )
    titulo = f"{nivel.capitalize()} {codigo}" + (f": {nombre.iloc[0]}" if len(nombre) else "")
    return CifrasExplicadas(titulo=titulo, corte=str(contexto.corte), cifras=cifras)


def explicar_actividad(contexto: Contexto, identificador: str) -> CifrasExplicadas | None:
    """Los índices de una actividad y sus celdas; None si el corte no tiene esa actividad."""
    actividades = leer_tabla("actividades", contexto.rutas.procesados(contexto.corte))
    propia = actividades[actividades["id_actividad"] == identificador]
    if propia.empty:
        return None
    fila = propia.iloc[0]
    celdas = leer_tabla("celdas", contexto.rutas.procesados(contexto.corte))
    del_registro = (celdas["sha256"] == fila["sha256"]) & (celdas["hoja"] == fila["hoja"])
    propias = celdas[del_registro & (celdas["fila"] == fila["fila"]) & celdas["valor_numero"].notna()]
    explicadas = indices.explicar_actividades(
        propia,
        metodo=contexto.config.metodo.metodo(),
        campo_de_avance=f"avance_actividad_t{contexto.corte.periodo.numero}",
    )
    cifras = tuple(
        CifraExplicada(
            instrumento="Plan de Acción",
            formula=e.texto,
            celdas=tuple(_celda(c) for c in propias[propias["campo"].isin(e.campos)].to_dict("records")),
        )
        for e in explicadas
    )
    nombre = fila["nombre_actividad"]
    titulo = f"Actividad {identificador}" + (f": {nombre}" if isinstance(nombre, str) else "")
    return CifrasExplicadas(titulo=titulo, corte=str(contexto.corte), cifras=cifras)


def _del_plan_indicativo(contexto: Contexto, nivel: str, codigo: str) -> Iterator[CifraExplicada]:
    trazados = leer_tabla("trazas_nodos", contexto.rutas.procesados(contexto.corte))
    propios = trazados[(trazados["nivel"] == nivel) & (trazados["codigo"] == codigo)]
    for formula in propios["formula"]:
        yield CifraExplicada(instrumento="Plan Indicativo", formula=formula)


def _del_poai(contexto: Contexto, nivel: str, codigo: str) -> Iterator[CifraExplicada]:
    carpeta = contexto.rutas.procesados(contexto.corte)
    nombres = ("registros_poai", "entregas", "hallazgos", "plan", "indices_poai", "celdas")
    registros, entregas, hallazgos, plan, publicados, celdas = (leer_tabla(n, carpeta) for n in nombres)
    publicado = publicados[(publicados["nivel"] == nivel) & (publicados["codigo"] == codigo)]
    if publicado.empty:
        return
    dependencias = {d.codigo: d.nombre for d in contexto.config.dependencias}
    aceptados = calidad.registros_aceptados(registros, entregas, hallazgos)
    nodos = indices.nodos_del_poai(aceptados, plan, dependencias)
    lugares = tuple(_lugares(aceptados[nodos[nivel] == codigo], celdas[celdas["tabla"] == "registros_poai"]))
    explicadas = indices.explicar_indices_poai(aceptados, plan, publicado, dependencias)
    for e in explicadas:
        ultima = e is explicadas[-1]  # las cuatro razones suman las mismas filas: se citan una vez
        yield CifraExplicada(instrumento="POAI", formula=e.texto, celdas=lugares if ultima else ())


def _lugares(filas: pd.DataFrame, celdas: pd.DataFrame) -> Iterator[str]:
    columnas = trazas.ubicar_columnas(celdas[celdas["sha256"].isin(filas["sha256"])], ETAPAS_DEL_GASTO)
    for (archivo, sha256, hoja), propias in filas.groupby(["archivo", "sha256", "hoja"]):
        propios = columnas[(columnas["sha256"] == sha256) & (columnas["hoja"] == hoja)]
        donde = ", ".join(
            f"{nombre_de_campo(c)} en {k}" for c, k in zip(propios["campo"], propios["columna"], strict=True)
        )
        yield f"{archivo} › {hoja}: filas {trazas.resumir_filas(propias['fila'])}; {donde}"


def _del_plan_de_accion(contexto: Contexto, nivel: str, codigo: str) -> Iterator[CifraExplicada]:
    carpeta = contexto.rutas.procesados(contexto.corte)
    actividades, publicados = (leer_tabla(n, carpeta) for n in ("actividades", "indices_pa"))
    metodo = contexto.config.metodo.metodo()
    del_nivel = publicados[publicados["nivel"] == nivel]
    for e in indices.explicar_indices_pa(actividades, del_nivel, metodo=metodo):
        if e.codigo == codigo:
            yield CifraExplicada(instrumento="Plan de Acción", formula=e.texto)


def _celda(celda: dict[Any, Any]) -> str:
    lugar = f"{celda['archivo']} › {celda['hoja']} › {celda['celda']}"
    hecho = celda["transformacion"]
    dice = citar_crudo(str(celda["valor_crudo"]), numero=celda["valor_numero"], transformacion=hecho)
    huella = f"escrito «{dice}», sha256 {celda['sha256'][:16]}…"
    cambio = f"; {hecho}" if isinstance(hecho, str) else ""
    return f"{nombre_de_campo(celda['campo'])} = {exacto(celda['valor_numero'])}: {lugar}, {huella}{cambio}"


def _nodo_desconocido(clave: str, nivel: str, codigo: str, nodos: pd.DataFrame) -> ErrorConfiguracion:
    niveles = sorted(nodos["nivel"].unique())
    if nivel not in niveles:
        return ErrorConfiguracion(f"no hay nodos «{nivel}»", remedio=parecido(nivel, niveles))
    codigos = sorted(nodos.loc[nodos["nivel"] == nivel, "codigo"].dropna().unique())
    return desconocido(f"no hay ningún nodo «{clave}»", codigo, codigos, prefijo=nivel + SEPARADOR)


def desconocido(
    problema: str, pedido: str, validos: Sequence[str], *, prefijo: str = ""
) -> ErrorConfiguracion:
    """El error de pedir algo que no existe, con lo más parecido o, sin nada parecido, lo primero que hay."""
    cercano = mas_parecido(pedido, validos)
    hay = nombrar_primeros([f"{prefijo}{valido}" for valido in validos], 5)
    return ErrorConfiguracion(
        problema, remedio=f"¿Quiso decir «{prefijo}{cercano}»?" if cercano else f"Hay: {hay}"
    )
