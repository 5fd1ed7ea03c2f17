"""De la cifra de un nodo (plan, línea, sector, programa, dependencia) a su fórmula con los números puestos.

No promedia por su cuenta: toma de `promedios` los mismos términos y las mismas sumas con que se calculó la
tabla `indices`, y exige que el resultado sea el publicado.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.errores import ErrorSeguimiento
from pipeline.formato_es import contar, exacto, numero, porcentaje
from pipeline.indices.agregacion import Nodos, en_orden, nodos_de, valores_que_cuentan
from pipeline.indices.explicacion import NOMBRES
from pipeline.indices.finanzas import RAZONES, razon
from pipeline.indices.formulas import Reales, con_tope
from pipeline.indices.promedios import Pesos, Terminos, sumas, terminos
from pipeline.modelo import Corte, EstadoReporte, Metodo, Nivel

TOLERANCIA = 1e-12
MAXIMO_DE_SUMANDOS = 10  # con más, la suma no se lee; los sumandos están en los bloques enlazados
CON_COTAS = ("avance", "avance_cuatrienio", "cota_inferior_cuatrienio")
_ARTICULOS = {
    "linea": "de la línea",
    "sector": "del sector",
    "programa": "del programa",
    "subprograma": "del subprograma",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplicacionDeNodo:
    """Cómo se obtuvo una cifra de un nodo; sin resultado si la cifra no existe, y el texto dice por qué."""

    nivel: str
    codigo: str
    medida: str
    texto: str
    numerador: float | None
    denominador: float | None
    resultado: float | None


def explicar_nodos(
    metas: pd.DataFrame, indices: pd.DataFrame, *, corte: Corte, metodo: Metodo
) -> list[ExplicacionDeNodo]:
    """Avance, avance del cuatrienio y ejecución financiera de cada fila de `indices`, explicados.

    `metas` e `indices` son las tablas del corte, calculadas con `metodo`. Levanta ErrorSeguimiento si una
    cuenta no da lo publicado: sería un defecto nuestro.
    """
    metas = en_orden(metas)
    cuenta = _Cuenta(
        metas=metas,
        valores=valores_que_cuentan(metas, metodo).columnas,
        pesos=Pesos.de_metas(metas),
        corte=corte,
        metodo=metodo,
        estado=metas["estado_reporte"].to_numpy(dtype=object),
        conocido={
            c: metas[c].notna().to_numpy() for c in (*CON_COTAS, *RAZONES[metodo.ejecucion_financiera])
        },
    )
    explicaciones: list[ExplicacionDeNodo] = []
    for nivel, filas in indices.groupby("nivel", sort=False):
        del_nivel = Nivel(str(nivel))
        nodos = nodos_de(metas, del_nivel)
        publicadas = filas.set_index("codigo").reindex(nodos.codigos)
        for medida in ("avance", "avance_cuatrienio"):
            explicaciones += _explicar_promedio(cuenta, del_nivel, nodos, publicadas, medida)
        explicaciones += _explicar_dinero(cuenta, del_nivel, nodos, publicadas)
    return explicaciones


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cuenta:
    """Lo común a todos los nodos de un corte."""

    metas: pd.DataFrame
    valores: dict[str, Reales]
    pesos: Pesos
    corte: Corte
    metodo: Metodo
    estado: np.ndarray
    conocido: Mapping[str, np.ndarray]  # por cifra de la meta, si tiene valor

    @property
    def con_pesos(self) -> bool:
        """Si el plan declara el ponderador de alguna meta."""
        return bool(self.metas["ponderador"].ge(0).any())


def _explicar_promedio(
    cuenta: _Cuenta, nivel: Nivel, nodos: Nodos, publicadas: pd.DataFrame, medida: str
) -> Iterator[ExplicacionDeNodo]:
    valores = cuenta.valores[medida]
    t = terminos(
        valores,
        nodos.grupo,
        cuenta.pesos,
        modo=cuenta.metodo.agregacion,
        ruta=nodos.ruta,
        lineas=nodos.lineas,
    )
    arriba, abajo = sumas(t.valores, t.pesos, t.grupo, len(nodos.codigos))
    resultados = con_tope(razon(arriba, abajo), cuenta.metodo.tope)
    cobertura = _cobertura_anual if medida == "avance" else _cobertura_del_cuatrienio
    for i, codigo in enumerate(nodos.codigos):
        exigir_publicado(resultados[i], publicadas[medida].iloc[i], nivel.value, codigo, medida)
        sobre = cobertura(cuenta, nodos.grupo == i)
        if math.isnan(resultados[i]):
            texto = f"Sin cifra: ninguna meta cuenta en el promedio ({sobre})."
            yield nodo_explicado(nivel.value, codigo, medida, texto)
            continue
        formula = _formula(cuenta, t, t.grupo == i, arriba[i], abajo[i])
        texto = f"{_nombre(medida, cuenta.corte)} = {formula} = {porcentaje(resultados[i])}, sobre {sobre}."
        yield nodo_explicado(nivel.value, codigo, medida, texto, arriba[i], abajo[i], resultados[i])


def _explicar_dinero(
    cuenta: _Cuenta, nivel: Nivel, nodos: Nodos, publicadas: pd.DataFrame
) -> Iterator[ExplicacionDeNodo]:
    medida = "ejecucion_financiera"
    arriba, abajo = RAZONES[cuenta.metodo.ejecucion_financiera]
    totales = publicadas[[arriba, abajo]].to_numpy(dtype=np.float64)
    resultados = razon(totales[:, 0], totales[:, 1])
    for i, codigo in enumerate(nodos.codigos):
        exigir_publicado(resultados[i], publicadas[medida].iloc[i], nivel.value, codigo, medida)
        if math.isnan(resultados[i]):
            texto = f"Sin cifra: sus metas no traen {NOMBRES[arriba]} o {NOMBRES[abajo]}."
            yield nodo_explicado(nivel.value, codigo, medida, texto)
            continue
        propias = nodos.grupo == i
        texto = (
            f"{_nombre(medida, cuenta.corte)} = Σ {NOMBRES[arriba]} / Σ {NOMBRES[abajo]} = "
            f"{exacto(totales[i, 0])} / {exacto(totales[i, 1])} = {porcentaje(resultados[i])}, "
            f"sobre {contar(int(cuenta.conocido[arriba][propias].sum()), 'meta')} con {NOMBRES[arriba]} y "
            f"{numero(int(cuenta.conocido[abajo][propias].sum()), 0)} con {NOMBRES[abajo]}."
        )
        yield nodo_explicado(nivel.value, codigo, medida, texto, totales[i, 0], totales[i, 1], resultados[i])


def _formula(cuenta: _Cuenta, t: Terminos, propios: np.ndarray, arriba: float, abajo: float) -> str:
    """Fórmula con nombres y con números; los sumandos se escriben si son líneas o hijos y son pocos."""
    if t.son == "meta":
        if cuenta.metodo.agregacion == "ponderada" and cuenta.con_pesos:
            return f"Σ (peso × avance) / Σ peso = {exacto(arriba)} / {exacto(abajo)}"
        iguales = " (el plan no declara pesos)" if cuenta.metodo.agregacion == "ponderada" else ""
        return f"Σ avance / número de metas{iguales} = {exacto(arriba)} / {exacto(abajo)}"
    de_quien = _ARTICULOS[t.son]
    peso = "peso" if t.son == "linea" and cuenta.metodo.agregacion == "ponderada" else "metas"
    nombres = f"Σ ({peso} {de_quien} × avance {de_quien}) / Σ {peso}"
    cuentan = propios & ~np.isnan(t.valores)
    if int(cuentan.sum()) > MAXIMO_DE_SUMANDOS:
        return f"{nombres} = {exacto(arriba)} / {exacto(abajo)}"
    pares = zip(t.pesos[cuentan], t.valores[cuentan], strict=True)
    sumandos = " + ".join(f"{exacto(p)} × {porcentaje(v)}" for p, v in pares)
    return f"{nombres} = ({sumandos}) / {exacto(abajo)} = {exacto(arriba)} / {exacto(abajo)}"


def _cobertura_anual(cuenta: _Cuenta, propias: np.ndarray) -> str:
    """Cuántas metas programadas hay y con qué valor entran las que no tienen avance conocido."""
    estado, conocido = cuenta.estado[propias], cuenta.conocido["avance"][propias]
    programada = estado != EstadoReporte.NO_PROGRAMADA.value
    con_avance = int((programada & conocido).sum())
    ausentes = [
        (int(((estado == EstadoReporte.SIN_REPORTE.value) & ~conocido).sum()), "sin reporte", "sin reporte"),
        (int(((estado == EstadoReporte.DEVUELTA.value) & ~conocido).sum()), "devuelta", "devueltas"),
        (
            int(((estado == EstadoReporte.REPORTADA.value) & ~conocido).sum()),
            "reportada sin avance calculable",
            "reportadas sin avance calculable",
        ),
    ]
    partes = [contar(con_avance, "reportada", "reportadas")]
    partes += [
        f"{contar(n, uno, varios)} que {_efecto(n, cuenta.metodo.sin_reporte)}"
        for n, uno, varios in ausentes
        if n
    ]
    total = contar(int(programada.sum()), "meta programada", "metas programadas")
    fuera = int((~programada).sum())
    resto = (
        f"; {contar(fuera, 'no programada', 'no programadas')} que "
        f"{_efecto(fuera, cuenta.metodo.no_programada)}"
    )
    return f"{total}: {', '.join(partes)}{resto if fuera else ''}"


def _cobertura_del_cuatrienio(cuenta: _Cuenta, propias: np.ndarray) -> str:
    """Cuántas metas tienen cuatrienio medible y con qué valor entran las que no tienen avance conocido."""
    conocido = cuenta.conocido["avance_cuatrienio"][propias]
    medible = cuenta.conocido["cota_inferior_cuatrienio"][propias] | conocido
    sin_dato = int((medible & ~conocido).sum())
    resto = f", {numero(sin_dato, 0)} sin dato que {_efecto(sin_dato, cuenta.metodo.sin_reporte)}"
    total = contar(int(medible.sum()), "meta medible en el cuatrienio", "metas medibles en el cuatrienio")
    return f"{total}: {numero(int(conocido.sum()), 0)} con avance{resto if sin_dato else ''}"


def _efecto(cuantas: int, opcion: str) -> str:
    if opcion == "cero":
        return "cuenta 0" if cuantas == 1 else "cuentan 0"
    return "no entra" if cuantas == 1 else "no entran"


def _nombre(medida: str, corte: Corte) -> str:
    return {
        "avance": f"Avance de {corte.vigencia}",
        "avance_cuatrienio": f"Avance del cuatrienio a {corte}",
        "ejecucion_financiera": f"Ejecución financiera de {corte.vigencia}",
    }[medida]


def exigir_publicado(calculado: float, publicado: Any, nivel: str, codigo: str, medida: str) -> None:
    """Levanta ErrorSeguimiento si la cuenta explicada no da lo publicado en la tabla de índices."""
    ambos_faltan = math.isnan(calculado) and bool(pd.isna(publicado))
    if ambos_faltan or abs(calculado - publicado) <= TOLERANCIA:
        return
    raise ErrorSeguimiento(
        f"la cifra «{medida}» de {nivel} {codigo} es {publicado} en la tabla de índices y {calculado} al "
        "explicarla"
    )


def nodo_explicado(
    nivel: str,
    codigo: str,
    medida: str,
    texto: str,
    numerador: float | None = None,
    denominador: float | None = None,
    resultado: float | None = None,
) -> ExplicacionDeNodo:
    """La explicación con sus números como reales de Python; sin ellos, la de una cifra que no existe."""
    return ExplicacionDeNodo(
        nivel=nivel,
        codigo=codigo,
        medida=medida,
        texto=texto,
        numerador=None if numerador is None else float(numerador),
        denominador=None if denominador is None else float(denominador),
        resultado=None if resultado is None else float(resultado),
    )
