"""Las cifras de muchas entidades, para el cuaderno que las resume. Lee con DuckDB; no recalcula ninguna."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pandas as pd

from pipeline.config import ARCHIVO, Rutas, cargar_config
from pipeline.errores import ErrorConfiguracion, ErrorSeguimiento
from pipeline.formato_es import contar, millones, numero, porcentaje
from pipeline.informes.bloques import Bloque, Cifra, cifras, lista, parrafo
from pipeline.informes.frases import frase
from pipeline.ritmo import atrasados, inciertos

CORTE = "data/processed/{vigencia}/{periodo}"
MAXIMO_EN_FIGURA = 40  # con más, las barras de cada entidad no se leen: queda la distribución
CIFRAS = (
    "n_metas",
    "n_programadas",
    "n_reportadas",
    "avance",
    "cota_inferior",
    "cota_superior",
    "esperado",
    "apropiacion_definitiva_cop",
    "obligaciones_cop",
    "ejecucion_financiera",
    "semaforo",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entidades:
    """Las entidades de una carpeta en un corte.

    `calculadas` trae una fila por entidad con sus cifras del plan, de mayor a menor avance; `faltan`, una por
    entidad sin ellas, con su motivo.
    """

    vigencia: int
    periodo: str
    calculadas: pd.DataFrame
    faltan: pd.DataFrame

    def __repr__(self) -> str:
        return f"{self.total} entidades · corte {self.vigencia}-{self.periodo}"

    @property
    def total(self) -> int:
        """Cuántas entidades hay en la carpeta."""
        return len(self.calculadas) + len(self.faltan)

    @property
    def para_comparar(self) -> pd.DataFrame:
        """Las calculadas, si caben en una figura de una barra por entidad; si no, ninguna."""
        return self.calculadas if len(self.calculadas) <= MAXIMO_EN_FIGURA else self.calculadas.iloc[:0]


def abrir_entidades(vigencia: int, periodo: str, carpeta: Path | None = None) -> Entidades:
    """Las entidades de `carpeta` (la actual si no se dice) en el corte.

    Levanta ErrorConfiguracion si ninguna subcarpeta es una entidad.
    """
    raiz = (carpeta or Path.cwd()).resolve()
    rutas = sorted(ruta.parent for ruta in raiz.glob(f"*/{ARCHIVO}"))
    if not rutas:
        raise ErrorConfiguracion(f"ninguna subcarpeta de «{raiz.name}» tiene {ARCHIVO}")
    fichas = pd.DataFrame([_ficha(ruta, vigencia, periodo) for ruta in rutas])
    leidas = fichas.merge(_cifras(rutas, vigencia, periodo), on="carpeta", how="left")
    hay = leidas["avance"].notna() | leidas["n_metas"].notna()
    con_cifras = leidas[hay & (leidas["motivo"] == "")].sort_values(
        ["avance", "carpeta"], ascending=[False, True], na_position="last", ignore_index=True
    )
    sin_cifras = leidas[~leidas["carpeta"].isin(con_cifras["carpeta"])]
    motivos = sin_cifras["motivo"].where(sin_cifras["motivo"] != "", frase("entidades_sin_calcular"))
    return Entidades(
        vigencia=vigencia,
        periodo=periodo,
        calculadas=con_cifras.assign(
            con_reporte=_de(con_cifras["n_reportadas"], con_cifras["n_programadas"]),
            vigencia=vigencia,
            periodo=periodo,
        ),
        faltan=sin_cifras.assign(motivo=motivos).reset_index(drop=True),
    )


def _de(unas: pd.Series[float], todas: pd.Series[float]) -> list[str]:
    return [f"{numero(u, 0)} de {numero(t, 0)}" for u, t in zip(unas, todas, strict=True)]


def _ficha(ruta: Path, vigencia: int, periodo: str) -> dict[str, object]:
    """Quién es la entidad, si recibió libros y dónde está su portal; con su motivo si no se puede saber."""
    portal = ruta / "reports" / "index.html"
    base: dict[str, object] = {
        "carpeta": ruta.name,
        "enlace": f"../{quote(ruta.name)}/reports/index.html" if portal.is_file() else "",
        "motivo": "",
    }
    try:
        config = cargar_config(ruta)
    except ErrorSeguimiento as error:
        return base | {"nombre": ruta.name, "departamento": "", "entregas": "", "motivo": str(error)}
    recibidos = Rutas(ruta).crudos / str(vigencia) / periodo / "pi"
    quienes = [c for c in recibidos.iterdir() if any(c.glob("*.json"))] if recibidos.is_dir() else []
    esperados = config.dependencias_que_entregan()
    return base | {
        "nombre": config.entidad.nombre,
        "departamento": config.entidad.departamento,
        "entregas": f"{len(quienes)} de {len(esperados)}",
        "motivo": "" if quienes else frase("entidades_sin_libros"),
    }


def _cifras(rutas: Sequence[Path], vigencia: int, periodo: str) -> pd.DataFrame:
    """La fila del plan de la tabla `indices` de cada entidad que calculó el corte."""
    import duckdb

    donde = CORTE.format(vigencia=vigencia, periodo=periodo)
    tablas = [str(r / donde / "indices.parquet") for r in rutas if (r / donde / "indices.parquet").is_file()]
    if not tablas:
        return pd.DataFrame(columns=["carpeta", *CIFRAS])
    consulta = f"""
        select string_split(filename, '/')[-6] as carpeta, {", ".join(CIFRAS)}
        from read_parquet($tablas, filename = true, union_by_name = true)
        where nivel = 'plan'
    """  # noqa: S608 — los nombres de las columnas son los de CIFRAS
    with duckdb.connect() as base:
        return base.execute(consulta, {"tablas": tablas}).df()


def cifras_clave(entidades: Entidades) -> Bloque:
    """Cuántas entidades, de cuántas metas hay reporte, el avance de la del medio y la ejecución conjunta."""
    datos, corte = entidades.calculadas, f"{entidades.vigencia} {entidades.periodo}"
    definitiva, obligado, cuantas = _dinero(datos)
    programadas = datos["n_programadas"].sum()
    inferior, superior = _mediana(datos["cota_inferior"]), _mediana(datos["cota_superior"])
    valores = {
        "entidades": (f"{len(datos)} de {entidades.total}", {"corte": corte}),
        "reporte": (
            porcentaje(datos["n_reportadas"].sum() / programadas if programadas else None),
            {"metas": numero(programadas, 0)},
        ),
        "avance": (
            porcentaje(_mediana(datos["avance"])),
            {"inferior": porcentaje(inferior), "superior": porcentaje(superior)},
        ),
        "dinero": (
            porcentaje(obligado / definitiva if definitiva else None),
            {"cuantas": contar(cuantas, "entidad", "entidades")},
        ),
    }
    return cifras(
        Cifra(
            nombre=frase(f"entidades_cifra_{clave}"),
            valor=valor,
            contexto=frase(f"entidades_contexto_{clave}", **contexto),
        )
        for clave, (valor, contexto) in valores.items()
    )


def en_breve(entidades: Entidades) -> Bloque:
    """Las conclusiones: avance, cotas, reporte, dinero y quién falta."""
    return lista(_puntos(entidades), clase="texto puntos")


def _puntos(entidades: Entidades) -> Iterator[str]:
    datos = entidades.calculadas
    con_avance = datos[datos["avance"].notna()]
    if len(con_avance) == 1:
        unica = con_avance.iloc[0]
        yield frase("entidades_una", nombre=unica["nombre"], avance=porcentaje(unica["avance"]))
    elif len(con_avance):
        mayor, menor = con_avance.iloc[0], con_avance.iloc[-1]
        yield frase(
            "entidades_avance",
            mediana=porcentaje(_mediana(con_avance["avance"])),
            mayor=mayor["nombre"],
            mas=porcentaje(mayor["avance"]),
            menor=menor["nombre"],
            menos=porcentaje(menor["avance"]),
        )
    comparables = con_avance[con_avance["esperado"].notna()]
    if len(comparables):
        sin_saber = int(inciertos(comparables).sum())
        yield frase(
            "entidades_ritmo_incierto" if sin_saber else "entidades_ritmo",
            atrasadas=int(atrasados(comparables).sum()),
            comparables=len(comparables),
            inciertas=sin_saber,
        )
    definitiva, obligado, cuantas = _dinero(datos)
    if definitiva:
        yield frase(
            "entidades_dinero",
            obligado=millones(obligado),
            definitiva=millones(definitiva),
            razon=porcentaje(obligado / definitiva),
            cuantas=contar(cuantas, "entidad", "entidades"),
        )
    if len(entidades.faltan):
        faltan = contar(len(entidades.faltan), "entidad", "entidades")
        yield frase("entidades_faltan", faltan=faltan, total=entidades.total)


def como_se_leen(entidades: Entidades) -> Bloque:
    """De dónde salen las cifras y qué no se hace con ellas."""
    return parrafo(frase("entidades_metodo", corte=f"{entidades.vigencia} {entidades.periodo}"))


def _dinero(datos: pd.DataFrame) -> tuple[float, float, int]:
    """Apropiación y obligaciones de las entidades que traen las dos, y cuántas son."""
    completas = datos[datos["apropiacion_definitiva_cop"].notna() & datos["obligaciones_cop"].notna()]
    return (
        float(completas["apropiacion_definitiva_cop"].sum()),
        float(completas["obligaciones_cop"].sum()),
        len(completas),
    )


def _mediana(valores: pd.Series[float]) -> float | None:
    return float(valores.median()) if valores.notna().any() else None
