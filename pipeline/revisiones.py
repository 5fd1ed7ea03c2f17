"""Las decisiones del Grupo sobre el Plan de Acción (se leen de su libro) y las diferencias entre dos planes.

No escribe libros ni decide qué corte es: recibe rutas y tablas.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from python_calamine import CalamineWorkbook

from pipeline.errores import ErrorLibro
from pipeline.esquemas import crear_tabla, revisar_tabla
from pipeline.formato_es import numero
from pipeline.modelo import Corte

HOJA = "Revisión"
DECISIONES = ("aceptada", "devuelta")
LEIDOS = ("id_actividad", "libro_revisado", "decision_grupo", "motivo_grupo", "revisor", "fecha")
IDENTIDAD = ["dependencia", "codigo_actividad", "bpin"]
DE_LA_PROGRAMACION = (
    "nombre_actividad", "codigo_meta", "nombre_proyecto", "rubro", "unidad", "programado_actividad",
    *(f"programado_actividad_t{n}" for n in range(1, 5)), "ponderacion_actividad", "costo_programado_cop",
    *(f"programado_{f}_cop" for f in ("municipio", "sgp", "regalias", "otros")), "fecha_inicio", "fecha_fin",
    "responsable",
)  # fmt: skip
COLUMNAS_DE_DIFERENCIA = [
    *IDENTIDAD, "nombre_actividad", "cambio", "campo", "antes", "ahora", "lugar_antes", "lugar_ahora",
]  # fmt: skip
_PROBLEMAS_QUE_SE_MUESTRAN = 10


def leer_revision(
    ruta: Path,
    *,
    archivo: str,
    sha256: str,
    corte: Corte,
    encabezados: Mapping[str, str],
    actividades: Collection[tuple[str, str]] | None = None,
) -> pd.DataFrame:
    """Tabla `revisiones` con las filas decididas del libro; las que no tienen decisión no están.

    `encabezados` dice el rótulo de cada campo en el libro; `actividades`, los pares (identificador, sha256
    del libro) del corte, o None si no se comprueban (lo ya registrado). Levanta ErrorLibro que nombra cada
    celda si el libro no es de revisión, la decisión no es una de las dos, se devuelve sin motivo, falta la
    fecha o la actividad no es del corte: nada se registra a medias.
    """
    celdas = _abrir(ruta, archivo)
    fila_encabezado, posiciones = _encabezado(celdas, encabezados, archivo)
    filas: list[dict[str, Any]] = []
    problemas: list[str] = []
    vistas: set[str] = set()
    for numero_fila, valores in enumerate(celdas[fila_encabezado:], start=fila_encabezado + 1):
        fila = {c: _texto(valores[p]) if p < len(valores) else "" for c, p in posiciones.items()}
        if not fila["decision_grupo"]:
            problemas += _sin_decision(fila, numero_fila, posiciones)
            continue
        fila |= {"fecha": _fecha(valores[posiciones["fecha"]])}
        problemas += _problemas(fila, numero_fila, posiciones, actividades, vistas)
        vistas.add(fila["id_actividad"])
        lugar = {"corte": str(corte), "archivo": archivo, "sha256": sha256, "hoja": HOJA}
        filas.append({**fila, "fila": numero_fila, **lugar})
    if problemas:
        _rechazar(problemas, archivo)
    sin_vacios = [{**f, **{c: f[c] or None for c in ("motivo_grupo", "revisor")}} for f in filas]
    return revisar_tabla("revisiones", crear_tabla("revisiones", sin_vacios))


def diferencias_de_plan(
    anterior: pd.DataFrame, actual: pd.DataFrame, celdas: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Qué cambió en lo programado entre dos Planes de Acción, actividad por actividad.

    Las dos son tablas `registros_pa`; una actividad se reconoce por dependencia, código y proyecto. Devuelve
    una fila por actividad agregada o retirada y una por cada campo cambiado, con lo que decía, lo que dice y
    dónde (archivo › hoja › celda, si `celdas` la trae, o fila). Lo ejecutado no se compara: cambia siempre.

    >>> base = {"dependencia": "SEDU", "codigo_actividad": "A1", "bpin": "9", "hoja": "P", "fila": 17}
    >>> antes = crear_tabla("registros_pa", [base | {"archivo": "v1.xlsx", "programado_actividad": 4}])
    >>> ahora = crear_tabla("registros_pa", [base | {"archivo": "v2.xlsx", "programado_actividad": 3}])
    >>> diferencias_de_plan(antes, ahora)[["cambio", "campo", "antes", "ahora"]].values.tolist()
    [['cambiada', 'programado_actividad', '4', '3']]
    """
    antes, ahora = _por_identidad(anterior), _por_identidad(actual)
    donde = _lugares(celdas)
    filas: list[dict[str, Any]] = []
    for llave in sorted(set(antes) | set(ahora)):
        vieja, nueva = antes.get(llave), ahora.get(llave)
        comun: dict[str, Any] = dict(zip(IDENTIDAD, llave, strict=False))
        comun |= {"nombre_actividad": (nueva or vieja or {}).get("nombre_actividad")}
        if vieja is None or nueva is None:
            cual = vieja if nueva is None else nueva
            lugares = {"lugar_antes" if nueva is None else "lugar_ahora": _lugar(cual or {}, "", donde)}
            filas.append({**comun, "cambio": "retirada" if nueva is None else "agregada", **lugares})
            continue
        filas += [{**comun, **cambio} for cambio in _cambios(vieja, nueva, donde)]
    return (
        pd.DataFrame(filas, columns=COLUMNAS_DE_DIFERENCIA).astype("str").replace({"nan": None, "None": None})
    )


def _abrir(ruta: Path, archivo: str) -> list[list[Any]]:
    if not ruta.is_file():
        raise ErrorLibro("no existe o no es un archivo", archivo=archivo, remedio="Revise la ruta")
    try:
        libro = CalamineWorkbook.from_path(str(ruta))
        return [list(fila) for fila in libro.get_sheet_by_name(HOJA).to_python(skip_empty_area=False)]
    except Exception as error:  # el lector levanta tipos propios según el daño del archivo
        raise ErrorLibro(
            "no es un libro de revisión que se pueda leer",
            archivo=archivo,
            hoja=HOJA,
            remedio="Use el que escribe «seguimiento pa revision»",
        ) from error


def _encabezado(
    celdas: Sequence[Sequence[Any]], encabezados: Mapping[str, str], archivo: str
) -> tuple[int, dict[str, int]]:
    buscados = {campo: encabezados[campo] for campo in LEIDOS}
    for numero_fila, fila in enumerate(celdas, start=1):
        textos = [_texto(v) for v in fila]
        if set(buscados.values()) <= set(textos):
            return numero_fila, {campo: textos.index(rotulo) for campo, rotulo in buscados.items()}
    raise ErrorLibro(
        f"faltan columnas del libro de revisión: {', '.join(buscados.values())}",
        archivo=archivo,
        hoja=HOJA,
        remedio="No cambie los encabezados",
    )


def _sin_decision(fila: Mapping[str, str], n: int, posiciones: Mapping[str, int]) -> list[str]:
    """Un motivo sin decisión no se puede callar: alguien quiso decidir."""
    if not fila["motivo_grupo"]:
        return []
    return [f"{_celda(posiciones['decision_grupo'], n)} hay motivo y no hay decisión"]


def _problemas(
    fila: Mapping[str, str],
    n: int,
    posiciones: Mapping[str, int],
    actividades: Collection[tuple[str, str]] | None,
    vistas: Collection[str],
) -> list[str]:
    decision, identificador = fila["decision_grupo"], fila["id_actividad"]
    es_del_corte = actividades is None or (identificador, fila["libro_revisado"]) in actividades
    casos = (
        ("decision_grupo", decision not in DECISIONES, f"«{decision}» no es aceptada ni devuelta"),
        ("motivo_grupo", decision == "devuelta" and not fila["motivo_grupo"], "se devuelve sin motivo"),
        ("fecha", not fila["fecha"], "falta la fecha de la revisión o no es una fecha"),
        ("id_actividad", not es_del_corte, f"«{identificador}» no es de un libro vigente del corte"),
        ("id_actividad", identificador in vistas, f"«{identificador}» está dos veces"),
    )
    return [f"{_celda(posiciones[campo], n)} {texto}" for campo, falla, texto in casos if falla]


def _rechazar(problemas: Sequence[str], archivo: str) -> None:
    mostrados = "; ".join(problemas[:_PROBLEMAS_QUE_SE_MUESTRAN])
    resto = len(problemas) - _PROBLEMAS_QUE_SE_MUESTRAN
    raise ErrorLibro(
        f"la revisión no se registró: {mostrados}{f'; y {resto} más' if resto > 0 else ''}",
        archivo=archivo,
        hoja=HOJA,
        remedio="Corrija esas celdas y vuelva a registrarla",
    )


def _celda(posicion: int, fila: int) -> str:
    letras, resto = "", posicion + 1
    while resto:
        resto, cifra = divmod(resto - 1, 26)
        letras = chr(65 + cifra) + letras
    return f"{letras}{fila}"


def _texto(valor: Any) -> str:
    return " ".join(valor.split()) if isinstance(valor, str) else "" if valor is None else str(valor)


def _fecha(valor: Any) -> str:
    """La fecha como AAAA-MM-DD; vacía si la celda no tiene una."""
    if isinstance(valor, datetime):
        return valor.date().isoformat()
    if isinstance(valor, date):
        return valor.isoformat()
    for forma in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(_texto(valor), forma).date().isoformat()
        except ValueError:
            continue
    return ""


def _por_identidad(registros: pd.DataFrame) -> dict[tuple[str, ...], dict[str, Any]]:
    """Registros por dependencia, código, proyecto y ordinal de los que se repiten."""
    con_codigo = registros[registros["codigo_actividad"].notna()]
    por_llave: dict[tuple[str, ...], dict[str, Any]] = {}
    for registro in con_codigo.to_dict("records"):
        base = tuple(_texto_de(registro[c]) for c in IDENTIDAD)
        ordinal = 1
        while (*base, str(ordinal)) in por_llave:
            ordinal += 1
        por_llave[*base, str(ordinal)] = {str(c): v for c, v in registro.items()}
    return por_llave


def _cambios(
    vieja: Mapping[str, Any], nueva: Mapping[str, Any], donde: Mapping[tuple[Any, ...], str]
) -> list[dict[str, Any]]:
    return [
        {
            "cambio": "cambiada",
            "campo": campo,
            "antes": _texto_de(vieja[campo]) or None,
            "ahora": _texto_de(nueva[campo]) or None,
            "lugar_antes": _lugar(vieja, campo, donde),
            "lugar_ahora": _lugar(nueva, campo, donde),
        }
        for campo in DE_LA_PROGRAMACION
        if _texto_de(vieja[campo]) != _texto_de(nueva[campo])
    ]


def _texto_de(valor: Any) -> str:
    if valor is None or (not isinstance(valor, str) and pd.isna(valor)):
        return ""
    return valor if isinstance(valor, str) else numero(float(valor), 6).rstrip("0").rstrip(",") or "0"


def _lugares(celdas: pd.DataFrame | None) -> dict[tuple[Any, ...], str]:
    if celdas is None:
        return {}
    propias = celdas[celdas["tabla"] == "registros_pa"]
    llaves = propias[["sha256", "hoja", "fila", "campo"]].itertuples(index=False, name=None)
    return dict(zip(llaves, propias["celda"], strict=True))


def _lugar(registro: Mapping[str, Any], campo: str, donde: Mapping[tuple[Any, ...], str]) -> str:
    celda = donde.get((registro["sha256"], registro["hoja"], registro["fila"], campo))
    return f"{registro['archivo']} › {registro['hoja']} › {celda or 'fila ' + str(registro['fila'])}"
