"""Entre dos versiones de un libro: qué se corrigió, qué sigue, qué es nuevo y qué cambió sin pedirlo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.devolucion.correcciones import leer_textos
from pipeline.formato_es import citar_crudo

COLUMNAS = [
    "situacion", "regla", "severidad", "hoja", "fila", "celda", "columna", "codigo_meta", "vigencia",
    "valor_antes", "valor_ahora", "mensaje", "accion",
]  # fmt: skip
SITUACIONES = ("pendiente", "nuevo", "cambiado", "corregido")  # en el orden en que se atienden
Clave = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    """Una versión del libro por claves que no dependen de en qué fila quedó cada meta."""

    celdas: Mapping[Clave, Mapping[str, Any]]  # (hoja, meta, campo, vigencia) → celda leída
    filas: Mapping[tuple[str, str], int]  # (hoja, meta) → fila
    hallazgos: Mapping[Clave, Mapping[str, Any]]  # (clave de celda, regla, vez) → hallazgo
    con_hallazgo: frozenset[Clave]  # claves de celda
    filas_con_hallazgo: frozenset[tuple[str, int]]


def comparar_versiones(
    hallazgos_antes: pd.DataFrame,
    hallazgos_ahora: pd.DataFrame,
    celdas_antes: pd.DataFrame,
    celdas_ahora: pd.DataFrame,
) -> pd.DataFrame:
    """Una fila por corrección o cambio entre la versión devuelta y la que la reemplaza.

    Recibe las tablas `hallazgos` y `celdas` de cada versión. `situacion` es «pendiente» (mismo hallazgo en
    la misma celda), «corregido» (ya no está), «nuevo» (no estaba) o «cambiado» (el valor escrito es otro y
    no había hallazgo en esa celda; también una fila agregada o retirada). Las celdas se emparejan por hoja,
    meta, campo y vigencia: insertar una fila o mover una columna no es cambiar sus valores. Lo que en una
    de las dos versiones no se pudo leer (una columna ausente, un libro ilegible) no cuenta como cambio.
    """
    antes = _armar_version(hallazgos_antes, celdas_antes)
    ahora = _armar_version(hallazgos_ahora, celdas_ahora)
    filas = [_pendiente_o_corregido(clave, antes, ahora) for clave in antes.hallazgos]
    filas += [
        _fila("nuevo", hallazgo, clave[0], antes, ahora)
        for clave, hallazgo in ahora.hallazgos.items()
        if clave not in antes.hallazgos
    ]
    filas += _celdas_cambiadas(antes, ahora) + _filas_cambiadas(antes, ahora)
    tabla = pd.DataFrame(filas, columns=COLUMNAS).astype({"fila": "Int64", "vigencia": "Int64"})
    orden = tabla["situacion"].map({s: n for n, s in enumerate(SITUACIONES)})
    tabla = tabla.assign(_orden=orden).sort_values(
        ["_orden", "hoja", "fila", "celda", "regla"], na_position="first", kind="stable", ignore_index=True
    )
    return tabla[COLUMNAS]


def numerar_seguimiento(seguimiento: pd.DataFrame) -> pd.DataFrame:
    """El resultado de comparar_versiones con `numero`, `palabra` y `lugar`, para mostrarlo."""
    palabras = {clave: s["palabra"] for clave, s in leer_textos()["situaciones"].items()}
    filas = seguimiento["fila"].map(lambda fila: f"fila {fila}", na_action="ignore").astype("object")
    corregido = seguimiento["situacion"] == "corregido"
    return seguimiento.assign(
        numero=range(1, len(seguimiento) + 1),
        palabra=seguimiento["situacion"].map(palabras),
        mensaje=seguimiento["mensaje"].where(~corregido, seguimiento["mensaje"].map(_ya_corregido)),
        lugar=seguimiento["celda"].where(seguimiento["celda"].notna(), filas),
    )


def _ya_corregido(mensaje: str) -> str:
    return str(leer_textos()["ya_corregido"]).format(mensaje=mensaje)


def _armar_version(hallazgos: pd.DataFrame, celdas: pd.DataFrame) -> _Version:
    metas = _identificar_filas(celdas)
    leidas: dict[Clave, dict[str, Any]] = {}
    por_celda: dict[tuple[str, str], Clave] = {}
    for celda in celdas.to_dict("records"):
        hoja = str(celda["hoja"])
        clave = (hoja, metas[hoja, int(celda["fila"])], celda["campo"], int(celda["vigencia"]))
        leidas[clave] = {str(k): v for k, v in celda.items()}
        por_celda.setdefault((hoja, str(celda["celda"])), clave)
    hallados: dict[Clave, dict[str, Any]] = {}
    for hallazgo in hallazgos.to_dict("records"):
        registro = {str(k): None if pd.isna(v) else v for k, v in hallazgo.items()}
        clave = _clave_de(registro, por_celda, metas)
        vez = 0
        while (clave, registro["regla"], vez) in hallados:
            vez += 1
        hallados[clave, registro["regla"], vez] = registro
    return _Version(
        celdas=leidas,
        filas={(hoja, meta): fila for (hoja, fila), meta in metas.items()},
        hallazgos=hallados,
        con_hallazgo=frozenset(clave for clave, _, _ in hallados),
        filas_con_hallazgo=frozenset(
            (h["hoja"], int(h["fila"])) for h in hallados.values() if h["fila"] is not None
        ),
    )


def _identificar_filas(celdas: pd.DataFrame) -> dict[tuple[str, int], str]:
    """Quién es cada fila: su meta y qué vez aparece en la hoja, o su número si no tiene código."""
    metas: dict[tuple[str, int], str] = {}
    veces: dict[tuple[str, str], int] = {}
    filas = celdas[["hoja", "fila", "codigo_meta"]].drop_duplicates().sort_values(["hoja", "fila"])
    for hoja, fila, codigo in filas.itertuples(index=False, name=None):
        if pd.isna(codigo):
            metas[hoja, int(fila)] = f"fila {fila}"
            continue
        veces[hoja, codigo] = veces.get((hoja, codigo), 0) + 1
        metas[hoja, int(fila)] = f"{codigo} · {veces[hoja, codigo]}"
    return metas


def _clave_de(
    hallazgo: Mapping[str, Any],
    por_celda: Mapping[tuple[str, str], Clave],
    metas: Mapping[tuple[str, int], str],
) -> Clave:
    hoja, celda, fila = hallazgo["hoja"], hallazgo["celda"], hallazgo["fila"]
    if celda is not None and (hoja, celda) in por_celda:
        return por_celda[hoja, celda]
    if fila is not None and (hoja, int(fila)) in metas:
        return (hoja, metas[hoja, int(fila)], hallazgo["columna"], hallazgo["vigencia"])
    return (hoja, None, hallazgo["columna"] or celda or fila, hallazgo["vigencia"])


def _pendiente_o_corregido(clave: Clave, antes: _Version, ahora: _Version) -> dict[str, Any]:
    if clave in ahora.hallazgos:
        return _fila("pendiente", ahora.hallazgos[clave], clave[0], antes, ahora)
    fila = _fila("corregido", antes.hallazgos[clave], clave[0], antes, ahora)
    donde = ahora.celdas.get(clave[0])
    return fila | {"accion": ""} | ({"celda": donde["celda"], "fila": donde["fila"]} if donde else {})


def _fila(
    situacion: str, hallazgo: Mapping[str, Any], clave: Clave, antes: _Version, ahora: _Version
) -> dict[str, Any]:
    propio = {"antes": None, "ahora": hallazgo["valor"]}
    if situacion == "corregido":
        propio = {"antes": hallazgo["valor"], "ahora": None}
    campos = {columna: hallazgo.get(columna) for columna in COLUMNAS}
    return campos | {
        "situacion": situacion,
        "valor_antes": _citado(antes, clave, propio["antes"]),
        "valor_ahora": _citado(ahora, clave, propio["ahora"]),
    }


def _crudo(version: _Version, clave: Clave) -> str | None:
    valor: Any = version.celdas[clave]["valor_crudo"] if clave in version.celdas else None
    return None if pd.isna(valor) else str(valor)


def _citado(version: _Version, clave: Clave, si_no_se_leyo: str | None = None) -> str | None:
    """El valor como se ve en Excel; se compara como está guardado y se muestra así."""
    crudo = _crudo(version, clave)
    if crudo is None:
        return None if clave in version.celdas else si_no_se_leyo
    celda = version.celdas[clave]
    return citar_crudo(crudo, numero=celda["valor_numero"], transformacion=celda["transformacion"])


def _celdas_cambiadas(antes: _Version, ahora: _Version) -> list[dict[str, Any]]:
    textos, filas, vistas = leer_textos(), [], set()
    for clave, celda in ahora.celdas.items():
        valores = _crudo(antes, clave), _crudo(ahora, clave)
        lugar = (celda["hoja"], celda["celda"])
        ya_dicha = clave in antes.con_hallazgo or clave in ahora.con_hallazgo or lugar in vistas
        if clave not in antes.celdas or valores[0] == valores[1] or ya_dicha:
            continue
        vistas.add(lugar)
        en_fila = (celda["hoja"], int(antes.celdas[clave]["fila"])) in antes.filas_con_hallazgo
        mensaje = textos["cambio_en_fila" if en_fila else "cambio"]
        filas.append(_cambio(celda, mensaje, _citado(antes, clave), _citado(ahora, clave)))
    return filas


def _filas_cambiadas(antes: _Version, ahora: _Version) -> list[dict[str, Any]]:
    if not antes.celdas or not ahora.celdas:
        return []
    textos = leer_textos()
    cambios = []
    for origen, destino, mensaje in (
        (ahora, antes, textos["fila_agregada"]),
        (antes, ahora, textos["fila_retirada"]),
    ):
        for (hoja, meta), fila in origen.filas.items():
            # Si se pidió corregir esa fila, agregarla o retirarla era lo pedido.
            dicha = (hoja, fila) in antes.filas_con_hallazgo or (hoja, fila) in ahora.filas_con_hallazgo
            if (hoja, meta) not in destino.filas and not dicha:
                codigo = None if meta.startswith("fila ") else meta.rpartition(" · ")[0]
                celda = {"hoja": hoja, "fila": fila, "codigo_meta": codigo}
                cambios.append(_cambio(celda, mensaje, None, None))
    return cambios


def _cambio(celda: Mapping[str, Any], mensaje: str, antes: object, ahora: object) -> dict[str, Any]:
    codigo = celda["codigo_meta"]
    return {
        "situacion": "cambiado",
        "hoja": celda["hoja"],
        "fila": celda["fila"],
        "celda": celda.get("celda"),
        "columna": celda.get("encabezado"),
        "codigo_meta": None if pd.isna(codigo) else codigo,
        "vigencia": celda.get("vigencia") or None,
        "valor_antes": antes,
        "valor_ahora": ahora,
        "mensaje": mensaje,
        "accion": leer_textos()["accion_cambio"],
    }
