"""Cerrar, reabrir y reexpresar un corte. Cerrado, ni se recibe ni se corre: primero se reabre, con acto."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import sellos
from pipeline.errores import ErrorConfiguracion, ErrorEntorno
from pipeline.esquemas import leer_tabla
from pipeline.flujo.candado import tomar_candado
from pipeline.flujo.contexto import Contexto, abrir
from pipeline.flujo.enlaces import huella_de_enlaces
from pipeline.manifiesto import huella_archivo, huella_codigo, huellas_de_reglas
from pipeline.modelo import NOMBRES_DE_MEDIDA
from pipeline.sellos import Sello
from pipeline.turno import esperar_turno

NIVELES = ("plan", "linea", "dependencia")
NO_SON_SALIDAS = ("bitacora.txt", "resultado.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reexpresion:
    """Un corte que se reabrió: por qué, con qué autoridad y qué cifras cambiaron."""

    corte: str
    motivo: str
    autoridad: str
    fecha: str
    cerrado_de_nuevo: bool
    cambios: tuple[Mapping[str, Any], ...]  # nivel, codigo, nombre, medida, antes, despues


def ultimo_sello(contexto: Contexto) -> Sello | None:
    """El último sello del corte, de cierre o de reapertura; None si nunca se cerró."""
    return sellos.ultimo_del_corte(sellos.leer_sellos(contexto.rutas.crudos), str(contexto.corte))


def esta_cerrado(contexto: Contexto) -> bool:
    """Si el último sello del corte es de cierre."""
    ultimo = ultimo_sello(contexto)
    return ultimo is not None and ultimo.clase == "cierre"


def exigir_abierto(contexto: Contexto) -> None:
    """Levanta ErrorConfiguracion si el corte está cerrado: dice con qué sello y cómo se reabre."""
    ultimo = ultimo_sello(contexto)
    if ultimo is not None and ultimo.clase == "cierre":
        raise ErrorConfiguracion(
            f"el corte {contexto.corte} está cerrado (sello {ultimo.numero} del {ultimo.fecha}, "
            f"{ultimo.autoridad})",
            remedio="Si hay que cambiarlo, use «seguimiento reabrir» con el motivo, la autoridad y la fecha",
        )


def exigir_que_se_pueda_correr(contexto: Contexto) -> None:
    """Levanta ErrorConfiguracion si correr este corte cerrado podría cambiarlo.

    Con los libros, las reglas, los cuadernos, los enlaces y el código del sello da los mismos bytes: así se
    recupera lo publicado cuando solo queda el respaldo de data/raw.
    """
    ultimo = ultimo_sello(contexto)
    if ultimo is None or ultimo.clase != "cierre":
        return
    ahora = _huellas_de_partida(contexto)
    if ultimo.codigo != huella_codigo() or any(ultimo.huellas.get(c, {}) != ahora[c] for c in ahora):
        exigir_abierto(contexto)


def abrir_abierto(vigencia: int, periodo: str, raiz: Path) -> Contexto:
    """Contexto del corte para cambiarlo; levanta ErrorConfiguracion si está cerrado."""
    contexto = abrir(vigencia, periodo, raiz)
    exigir_abierto(contexto)
    return contexto


def cerrar(contexto: Contexto, *, autoridad: str, fecha: date, motivo: str = "Cierre del corte") -> str:
    """Sella el corte tal como está publicado; devuelve la constancia, con la huella del sello.

    Mientras sella, nadie corre el corte ni recibe libros. Levanta ErrorConfiguracion si ya está cerrado o
    si la fecha es anterior a la de su último sello, y ErrorEntorno si lo publicado no está al día con sus
    insumos o si el corte se está corriendo.
    """
    from pipeline.flujo.vigencia import al_dia

    exigir_abierto(contexto)
    procesados, que = contexto.rutas.procesados(contexto.corte), f"del corte {contexto.corte}"
    with tomar_candado(procesados, que), esperar_turno(contexto.rutas.crudos):
        exigir_abierto(contexto)  # pudo cerrarlo otro mientras se esperaba
        _exigir_posterior(contexto, fecha)
        if not al_dia(contexto):
            raise ErrorEntorno(
                f"lo publicado del corte {contexto.corte} no está al día",
                remedio=f"Ejecute «seguimiento correr {contexto.opciones}» y revise que ningún informe falle",
            )
        datos = _acto(contexto, "cierre", autoridad, fecha, motivo) | {
            "huellas": huellas_del_corte(contexto),
            "configuracion": contexto.config.model_dump(mode="json"),
            "cifras": cifras_del_corte(contexto),
        }
        sello, huella = sellos.poner_sello(contexto.rutas.crudos, datos)
    return (
        f"Corte {contexto.corte} cerrado con el sello {sello.numero} por {autoridad} ({sello.fecha}). "
        f"Guarde esta huella fuera del equipo: {huella}"
    )


def reabrir(contexto: Contexto, *, motivo: str, autoridad: str, fecha: date) -> str:
    """Permite volver a recibir y correr el corte; queda el acto y los informes siguientes lo dicen.

    Levanta ErrorConfiguracion si el corte no está cerrado, si falta el motivo o la autoridad o si la fecha es
    anterior a la de su cierre.
    """
    with esperar_turno(contexto.rutas.crudos):
        if not esta_cerrado(contexto):
            raise ErrorConfiguracion(
                f"el corte {contexto.corte} no está cerrado",
                remedio="No hace falta reabrirlo: ya se puede recibir y correr",
            )
        _exigir_posterior(contexto, fecha)
        sello, _ = sellos.poner_sello(
            contexto.rutas.crudos, _acto(contexto, "reapertura", autoridad, fecha, motivo)
        )
    return f"Corte {contexto.corte} reabierto con el sello {sello.numero}: {sello.motivo} ({autoridad})."


def _exigir_posterior(contexto: Contexto, fecha: date) -> None:
    previo = ultimo_sello(contexto)
    if previo is not None and fecha.isoformat() < previo.fecha:
        raise ErrorConfiguracion(
            f"la fecha {fecha} es anterior a la del sello {previo.numero} del corte {contexto.corte} "
            f"({previo.clase}, {previo.fecha})",
            remedio="Corrija --fecha",
        )


def _acto(contexto: Contexto, clase: str, autoridad: str, fecha: date, motivo: str) -> dict[str, Any]:
    return {
        "clase": clase,
        "corte": str(contexto.corte),
        "fecha": fecha.isoformat(),
        "autoridad": autoridad.strip(),
        "motivo": motivo.strip(),
        "codigo": huella_codigo(),
    }


def huellas_del_corte(contexto: Contexto) -> dict[str, dict[str, str]]:
    """Huella de cada archivo del corte: insumos, reglas, cuadernos, tablas e informes."""
    rutas, corte = contexto.rutas, contexto.corte
    informes = [r for r in _archivos(rutas.informes(corte)) if r.name not in NO_SON_SALIDAS]
    return _huellas_de_partida(contexto) | {
        "tablas": _huellas(rutas.procesados(corte).glob("*.parquet"), rutas.raiz),
        "informes": _huellas(informes, rutas.raiz),
    }


def _huellas_de_partida(contexto: Contexto) -> dict[str, dict[str, str]]:
    rutas, corte = contexto.rutas, contexto.corte
    hasta_aqui = [
        rutas.crudos / str(vigencia) / f"T{trimestre}"
        for vigencia in contexto.config.entidad.vigencias
        for trimestre in range(1, 5)
        if (vigencia, f"T{trimestre}") <= (corte.vigencia, corte.periodo.value)
    ]
    insumos = [r for carpeta in (rutas.crudos_plan, *hasta_aqui) for r in _archivos(carpeta)]
    if rutas.es_demostracion:
        insumos.append(rutas.marca_demostracion)
    return {
        "insumos": _huellas(insumos, rutas.raiz),
        "reglas": huellas_de_reglas(rutas),
        "cuadernos": _huellas(_archivos(rutas.cuadernos), rutas.cuadernos.parent),
        "enlaces": {"enlaces.csv": enlaces} if (enlaces := huella_de_enlaces(contexto)) else {},
    }


def _archivos(carpeta: Path) -> list[Path]:
    """Archivos de la carpeta sin lo oculto, lo provisional ni las fallas."""
    return [
        ruta
        for ruta in sorted(carpeta.rglob("*"))
        if ruta.is_file()
        and ruta.suffix != ".tmp"
        and not any(p.startswith((".", "_fallas")) for p in ruta.relative_to(carpeta).parts)
    ]


def _huellas(rutas: Iterable[Path], raiz: Path) -> dict[str, str]:
    return {ruta.relative_to(raiz).as_posix(): huella_archivo(ruta) for ruta in sorted(rutas)}


def cifras_del_corte(contexto: Contexto) -> list[dict[str, Any]]:
    """Las cifras del plan, sus líneas y las dependencias, como están en la tabla `indices`."""
    indices = leer_tabla("indices", contexto.rutas.procesados(contexto.corte))
    filas = indices[indices["nivel"].isin(NIVELES)].to_dict("records")
    return [
        {
            "nivel": fila["nivel"],
            "codigo": None if pd.isna(fila["codigo"]) else str(fila["codigo"]),
            "nombre": None if pd.isna(fila["nombre"]) else str(fila["nombre"]),
            "medida": medida,
            "valor": None if pd.isna(fila[medida]) else float(fila[medida]),
        }
        for fila in filas
        for medida in NOMBRES_DE_MEDIDA
    ]


def reexpresiones(contexto: Contexto, cifras: Sequence[Mapping[str, Any]] = ()) -> list[Reexpresion]:
    """Las reaperturas de este corte y de los anteriores, con lo que cambió en cada una.

    `cifras` son las de hoy de este corte (cifras_del_corte), para decir qué cambió aunque no se haya vuelto a
    cerrar; de otro corte que siga abierto solo se dice el acto.
    """
    todos = sellos.leer_sellos(contexto.rutas.crudos)
    reaperturas = [s for s in todos if s.clase == "reapertura" and s.corte <= str(contexto.corte)]
    return [_reexpresion(r, todos, cifras if r.corte == str(contexto.corte) else ()) for r in reaperturas]


def _reexpresion(
    reapertura: Sello, todos: Sequence[Sello], cifras_de_hoy: Sequence[Mapping[str, Any]]
) -> Reexpresion:
    cierres = [s for s in todos if s.corte == reapertura.corte and s.clase == "cierre"]
    antes = next(s for s in reversed(cierres) if s.numero < reapertura.numero)
    luego = next((s for s in cierres if s.numero > reapertura.numero), None)
    return Reexpresion(
        corte=reapertura.corte,
        motivo=reapertura.motivo,
        autoridad=reapertura.autoridad,
        fecha=reapertura.fecha,
        cerrado_de_nuevo=luego is not None,
        cambios=tuple(_cambios(antes.cifras, luego.cifras if luego else cifras_de_hoy)),
    )


def _cambios(
    antes: Sequence[Mapping[str, Any]], despues: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    if not despues:
        return []
    nuevas = {(c["nivel"], c["codigo"], c["medida"]): c["valor"] for c in despues}
    cambios = []
    for cifra in antes:
        llave = (cifra["nivel"], cifra["codigo"], cifra["medida"])
        if nuevas.get(llave) != cifra["valor"]:
            resto = {k: v for k, v in cifra.items() if k != "valor"}
            cambios.append(resto | {"antes": cifra["valor"], "despues": nuevas.get(llave)})
    return cambios


def huella_de_reexpresiones(contexto: Contexto) -> str:
    """Lo que hace que un informe deba volver a contar las reexpresiones; vacío si no hay ninguna."""
    todos = sellos.leer_sellos(contexto.rutas.crudos)
    reabiertos = {s.corte for s in todos if s.clase == "reapertura" and s.corte <= str(contexto.corte)}
    propios = [s for s in todos if s.corte in reabiertos]
    # Cerrar de nuevo este mismo corte no cambia lo que su informe ya dice.
    actos = [
        (s.numero, s.clase) for s in propios if s.corte != str(contexto.corte) or s.clase == "reapertura"
    ]
    return json.dumps(actos) if actos else ""
