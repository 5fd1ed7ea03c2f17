"""El POAI de un corte como lo muestra su informe (cuaderno 05): tablas, figuras y comprobaciones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from pipeline import calidad, graficos, versiones_poai
from pipeline.config import Rutas, hallar_raiz
from pipeline.esquemas import crear_tabla, leer_tabla
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.poai import TOTALES, carpeta_de_versiones
from pipeline.formatos import cargar_formato
from pipeline.formatos.rubros import MODIFICACIONES, modificacion_neta
from pipeline.graficos.presupuesto import FUENTE_POAI, ejecucion_por_nodo
from pipeline.informes import DatosInforme, abrir_corte
from pipeline.informes.datos import ETAPAS
from pipeline.informes.nombres import sin_homonimos
from pipeline.movimientos import AL_PESO, asientos, cuadrar_rubros
from pipeline.versiones_poai import FichaVersion

CADENA = (
    "apropiacion_definitiva_cop",
    "cdp_cop",
    "compromisos_cop",
    "obligaciones_cop",
    "pagos_cop",
)
DEFINITIVA = (
    "inicial + adiciones − reducciones + créditos − contracréditos − aplazamientos + desaplazamientos"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatosPoai:
    """El POAI de un corte abierto para leer.

    `datos` son los del corte con solo las entregas y los hallazgos del POAI; `registros`, lo aceptado;
    `cuadre`, cada rubro contra sus movimientos (`cuadrar_rubros`); `celdas`, las leídas de sus libros.
    """

    datos: DatosInforme
    registros: pd.DataFrame
    movimientos: pd.DataFrame
    indices: pd.DataFrame
    cuadre: pd.DataFrame
    plan: pd.DataFrame
    celdas: pd.DataFrame
    versiones: tuple[FichaVersion, ...]
    carpeta_versiones: Path

    @property
    def resumen(self) -> Mapping[str, float]:
        """Fila total de `indices_poai`; vacía si el corte no tiene POAI."""
        filas = self.indices[self.indices["nivel"] == "total"]
        return dict(filas.iloc[0]) if len(filas) else {}

    def nivel(self, nombre: str) -> pd.DataFrame:
        """Nodos de un nivel, de mayor a menor apropiación definitiva; los homónimos, con su código."""
        filas = self.indices[self.indices["nivel"] == nombre]
        es_proyecto = nombre == "proyecto"  # su código, el BPIN, va en otra columna
        nombres = filas["nombre"].fillna(filas["codigo"]) if es_proyecto else sin_homonimos(filas)
        filas = filas.assign(nombre=nombres)
        orden = ["apropiacion_definitiva_cop", "codigo"]
        return filas.sort_values(orden, ascending=[False, True], na_position="last")

    def __repr__(self) -> str:
        return f"{self.datos.rotulo_corte} · {len(self.registros)} rubros del POAI"


def abrir_poai(vigencia: int, periodo: str) -> DatosPoai:
    """El POAI del corte en la entidad en que se trabaja.

    Levanta ErrorConfiguracion si el corte no existe y ErrorEntorno si no se ha calculado.
    """
    datos = abrir_corte(vigencia, periodo, instrumento="poai")
    rutas = Rutas(hallar_raiz(Path.cwd()))
    carpeta = rutas.procesados(datos.corte)
    registros, movimientos, indices, plan, celdas = (
        leer_tabla(tabla, carpeta)
        for tabla in ("registros_poai", "movimientos", "indices_poai", "plan", "celdas")
    )
    entregas = datos.entregas[datos.entregas["instrumento"] == "poai"]
    hallazgos = datos.hallazgos[datos.hallazgos["instrumento"] == "poai"]
    aceptados = calidad.registros_aceptados(registros, entregas, hallazgos)
    movidos = movimientos[movimientos["sha256"].isin(aceptados["sha256"])]
    versiones = carpeta_de_versiones(Contexto(rutas=rutas, config=datos.config, corte=datos.corte))
    return DatosPoai(
        datos=replace(datos, origenes=crear_tabla("insumos"), entregas=entregas, hallazgos=hallazgos),
        registros=aceptados,
        movimientos=movidos,
        indices=indices,
        cuadre=cuadrar_rubros(aceptados, movidos),
        plan=plan,
        celdas=celdas[celdas["tabla"] == "registros_poai"],
        versiones=tuple(versiones_poai.leer_fichas(versiones)),
        carpeta_versiones=versiones,
    )


def cadena(poai: DatosPoai) -> pd.DataFrame:
    """Cadena del gasto de todo el POAI: `etapa`, `valor_cop` y `razon` sobre la definitiva."""
    resumen = poai.resumen
    razones = {c: resumen.get(f"razon_{c.removesuffix('_cop')}") for c in ETAPAS}
    if resumen.get("apropiacion_definitiva_cop", 0) > 0:
        razones["apropiacion_definitiva_cop"] = 1.0
    filas = [(nombre, resumen.get(c), razones[c]) for c, nombre in ETAPAS.items() if c in resumen]
    tabla = pd.DataFrame(filas, columns=["etapa", "valor_cop", "razon"])
    return tabla.astype({"valor_cop": "float64", "razon": "float64"})


def figura_de_la_cadena(poai: DatosPoai) -> graficos.Figura | None:
    """Barras de la cadena del gasto; None si no hay dinero."""
    figura = graficos.cadena_del_dinero(cadena(poai), poai.datos.rotulo_corte)
    return figura and replace(figura, traza="trazas-total", fuente=FUENTE_POAI)


def figura_por_fuente(poai: DatosPoai) -> graficos.Figura | None:
    """De cada fuente, qué parte se ha comprometido, obligado y pagado; None si no hay dinero."""
    figura = graficos.cadena_por_fuente(poai.nivel("fuente"), poai.datos.rotulo_corte)
    return figura and replace(figura, traza="trazas-fuente", fuente=FUENTE_POAI)


def figura_por_nivel(poai: DatosPoai, nivel: str) -> graficos.Figura | None:
    """Barras de lo obligado y lo comprometido por nodo; None si no hay dinero."""
    figura = ejecucion_por_nodo(poai.nivel(nivel), nivel, poai.datos.rotulo_corte)
    return figura and replace(figura, traza=f"trazas-{nivel}")


def identidades(poai: DatosPoai) -> pd.DataFrame:
    """Cada identidad del presupuesto comprobada otra vez, fila a fila, sobre lo aceptado.

    `que`, `formula`, `n_filas` (las que traen con qué comparar), `n_cumplen` y `mayor_cop` (la mayor
    diferencia, en pesos).
    """
    casos = [*_de_las_filas(poai.registros)]
    if len(poai.movimientos):
        movido = "apropiación inicial + movimientos del rubro"
        casos.append(("Definitiva según movimientos", movido, poai.cuadre["diferencia_cop"].abs()))
    filas = [
        {
            "que": que,
            "formula": formula,
            "n_filas": int(diferencia.notna().sum()),
            "n_cumplen": int((diferencia <= AL_PESO).sum()),
            "mayor_cop": diferencia.max(),
        }
        for que, formula, diferencia in casos
    ]
    tabla = pd.DataFrame(filas)
    return tabla[tabla["n_filas"] > 0].reset_index(drop=True)


def _de_las_filas(r: pd.DataFrame) -> Iterator[tuple[str, str, pd.Series]]:
    """Cada identidad: qué comprueba, cuánto debe ser y la diferencia de cada fila en pesos."""
    definitiva, cdp = r["apropiacion_definitiva_cop"], r["cdp_cop"]
    segun_libro = r["apropiacion_inicial_cop"] + modificacion_neta(r)
    yield "Apropiación definitiva", DEFINITIVA, (definitiva - segun_libro).abs()
    yield "Disponible", "definitiva − CDP", (r["disponible_cop"] - (definitiva - cdp)).abs()
    saldo = r["saldo_cdp_cop"] - (cdp - r["compromisos_cop"])
    yield "Saldo de CDP", "CDP − compromisos", saldo.abs()
    for mayor, menor in zip(CADENA, CADENA[1:], strict=False):
        nombres = f"{ETAPAS[menor]} ≤ {ETAPAS[mayor]}"
        yield nombres, "orden de la cadena del gasto", (r[menor] - r[mayor]).clip(lower=0)


def quiebres(poai: DatosPoai) -> pd.DataFrame:
    """Hallazgos del POAI que no cuadran, con su libro, su celda y qué hacer; los que bloquean, primero."""
    hallazgos = poai.datos.hallazgos_ordenados
    propios = hallazgos["regla"].str.startswith(("POAI-", "MOV-")) & (hallazgos["severidad"] != "informa")
    return hallazgos[propios.fillna(False).astype(bool)]


def movimientos_con_saldo(poai: DatosPoai) -> pd.DataFrame:
    """Los movimientos por rubro en el orden de sus actos, con la apropiación que van dejando."""
    filas = asientos(poai.registros, poai.movimientos)
    return filas.assign(clase=filas["clase"].map(_nombres_de_clase()))


def rubros_modificados(poai: DatosPoai) -> pd.DataFrame:
    """Rubros con movimientos, o cuya definitiva no sale de ellos; primero los que no cuadran."""
    cuadre = poai.cuadre
    modificado = (cuadre["n_movimientos"] > 0) | ~cuadre["cuadra"]
    # Sin movimientos en el corte el formato no los trae: que nada cuadre con ellos no dice nada.
    interesan = cuadre[modificado & (len(poai.movimientos) > 0)]
    netos = interesan["segun_movimientos_cop"] - interesan["apertura_cop"]
    resultado = interesan["cuadra"].map({True: "cuadra", False: "no cuadra"})
    tabla = interesan.assign(movido_cop=netos, resultado=resultado)
    return tabla.sort_values(["cuadra", "dependencia", "codigo_meta", "rubro", "codigo_fuente"])


def modificaciones_por_clase(poai: DatosPoai) -> pd.DataFrame:
    """Pesos por clase de modificación: los que dicen las filas del POAI y los que suman los movimientos."""
    nombres = _nombres_de_clase()
    filas: list[dict[str, object]] = []
    for clase, (campo, _) in MODIFICACIONES.items():
        movidos = poai.movimientos[poai.movimientos["clase"] == clase]
        filas.append(
            {
                "clase": nombres[clase],
                "en_el_poai_cop": poai.registros[campo].sum(min_count=1),
                "n_movimientos": len(movidos),
                "en_movimientos_cop": movidos["valor_cop"].sum(min_count=1),
            }
        )
    tabla = pd.DataFrame(filas)
    return tabla if len(poai.registros) else tabla.iloc[:0]


def techos(poai: DatosPoai) -> pd.DataFrame:
    """Por fuente con techo en el plan financiero: techo, apropiado y lo que queda (o sobra, en negativo)."""
    config = poai.datos.config.techos
    fuentes = poai.nivel("fuente")
    tabla = fuentes[fuentes["codigo"].isin(list(config))]
    techo = tabla["codigo"].map(dict(config)).astype("float64")
    return tabla.assign(techo_cop=techo, queda_cop=techo - tabla["apropiacion_definitiva_cop"])


def versiones(poai: DatosPoai) -> pd.DataFrame:
    """Las versiones fijadas: nombre, acto, fecha, sus totales y si sus archivos siguen intactos."""
    filas = [
        {
            "numero": ficha.numero,
            "version": ficha.version.nombre,
            "acto": ficha.acto,
            "fecha": ficha.fecha,
            "n_rubros": ficha.total("n_rubros"),
            "apropiacion_inicial_cop": ficha.total("apropiacion_inicial_cop"),
            "apropiacion_definitiva_cop": ficha.total("apropiacion_definitiva_cop"),
            "estado": "alterada" if _alterada(poai, ficha) else "intacta",
        }
        for ficha in poai.versiones
    ]
    columnas = ["numero", "version", "acto", "fecha", "n_rubros", "apropiacion_inicial_cop",
                "apropiacion_definitiva_cop", "estado"]  # fmt: skip
    return pd.DataFrame(filas, columns=columnas).astype({"n_rubros": "Int64"})


def totales_de_control(poai: DatosPoai, nivel: str) -> pd.DataFrame:
    """Totales de un nivel en la última versión fijada y en este corte, y su diferencia."""
    campos = ["codigo", "nombre", "apropiacion_definitiva_cop"]
    actual = poai.nivel(nivel)[campos]
    if not poai.versiones:
        return actual.iloc[:0].assign(fijado_cop=0.0, diferencia_cop=0.0)
    fijado = pd.DataFrame([t for t in poai.versiones[-1].totales if t["nivel"] == nivel], columns=[*TOTALES])
    junto = actual.merge(fijado[campos], on="codigo", how="outer", suffixes=("", "_fijada"))
    return junto.assign(
        nombre=junto["nombre"].fillna(junto["nombre_fijada"]),
        fijado_cop=junto["apropiacion_definitiva_cop_fijada"].astype("float64"),
        diferencia_cop=junto["apropiacion_definitiva_cop"].fillna(0.0)
        - junto["apropiacion_definitiva_cop_fijada"].astype("float64").fillna(0.0),
    )


def cambios_entre_versiones(poai: DatosPoai) -> pd.DataFrame:
    """Rubros que cambian de la penúltima versión fijada a la última; vacía si no hay dos intactas."""
    ultimas: Sequence[FichaVersion] = poai.versiones[-2:]
    if len(ultimas) < 2 or any(_alterada(poai, ficha) for ficha in ultimas):
        vacia = crear_tabla("registros_poai")
        return versiones_poai.comparar_versiones(vacia, vacia)
    antes, despues = (versiones_poai.leer_rubros(ficha, poai.carpeta_versiones) for ficha in ultimas)
    return versiones_poai.comparar_versiones(antes, despues)


def _nombres_de_clase() -> dict[str, str]:
    (columna,) = (c for c in cargar_formato("movimientos_propio").columnas if c.campo == "clase")
    return {valor: texto for texto, valor in columna.vocabulario.items()}


def _alterada(poai: DatosPoai, ficha: FichaVersion) -> bool:
    return bool(versiones_poai.archivos_alterados(ficha, poai.carpeta_versiones))
