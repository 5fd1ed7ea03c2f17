"""Una entidad de dos dependencias con texto hostil en cada columna de texto, y lo que se le hace correr.

Se ejecuta como guion (`python entidad_hostil.py RAIZ`) para correrla en otro proceso, con otro huso horario,
otro idioma y otro orden de los conjuntos.
"""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd

from pipeline.config import PAQUETE, cargar_config
from pipeline.demo.entregas import Entrega, armar_entregas_del_corte, escribir_entrega
from pipeline.demo.plan import PlanDemo, armar_plan
from pipeline.flujo import abrir
from pipeline.flujo.control_interno import registrar_observaciones
from pipeline.flujo.registros_archivo import declarar_no_aplica
from pipeline.libros.verificacion import COLUMNAS, escribir_verificacion
from pipeline.modelo import Corte, Periodo
from pipeline.plantillas import escribir_plan_pi
from pipeline.recepcion import importar_plan, recibir_libro

DEPENDENCIAS = ("GURB", "OCOM")
ANTERIOR, CORTE = (Corte(vigencia=2025, periodo=Periodo(p)) for p in ("T3", "T4"))
LARGO = 10_000
HOSTILES = (
    "<script>alert(1)</script> {}",
    '"><img src=x onerror=alert(1)> {}',
    '=HYPERLINK("http://malo.invalid","{}")',
    "{{{{7*7}}}} {{% raw %}} ${{7*7}} {}",
    "\u202e{}\u202c \u05d0\u05d1\u200f 12",
    "@SUM(1+1)*cmd|' /C calc'!A0 {}",
    "</style></svg>&lt;b&gt; \x07{}",
    "{} " + "x" * LARGO,
)
# Columnas de texto libre de lo que se diligencia; los códigos van aparte, en una fila de más.
LIBRES = {
    "pi": (
        "unidad", "tipo_declarado", "codigo_producto", "programa", "observacion", "respuesta_alertas",
        "evidencia",
    ),
    "poai": ("nombre_meta", "nombre_proyecto", "nombre_rubro", "nombre_fuente", "observacion"),
    "movimientos": ("acto", "motivo", "fecha_acto"),
    "pa": (
        "nombre_actividad", "nombre_meta", "nombre_nivel_1", "nombre_nivel_2", "nombre_nivel_3",
        "nombre_proyecto", "subdependencia", "unidad", "responsable", "evidencia", "observacion",
        "autoevaluacion",
    ),
    "plan": (
        "nombre_meta", "nombre_linea", "nombre_sector", "nombre_programa", "nombre_producto",
        "nombre_indicador", "responsable", "unidad", "tipo_declarado",
    ),
}  # fmt: skip
# Repiten lo del plan: un libro que los trae cambiados se devuelve. Una dependencia se devuelve y la otra no.
DEL_PLAN_EN_EL_PI = ("unidad", "tipo_declarado", "codigo_producto", "programa")
CODIGOS = {
    "pi": ("codigo_meta",),
    "poai": ("codigo_meta", "bpin", "rubro", "codigo_fuente"),
    "movimientos": ("codigo_meta", "bpin", "rubro", "codigo_fuente"),
    "pa": ("codigo_actividad", "codigo_meta", "bpin", "rubro"),
}
EN_BLANCO_DE_CI = ("valor_encontrado", "evaluacion", "recomendacion")


def marca(instrumento: str, columna: str) -> str:
    """Con qué se reconoce, en lo publicado, de qué columna salió un texto."""
    return f"marca-{instrumento}-{columna}".replace("_", "-")


def hostil(instrumento: str, columna: str, turno: int) -> str:
    """Un texto hostil de esa columna; cada turno trae otra maldad."""
    return HOSTILES[turno % len(HOSTILES)].format(marca(instrumento, columna))


def armar_entidad(raiz: Path) -> Path:
    """La raíz con el plan, lo entregado en dos cortes, los enlaces, un registro y lo de Control Interno."""
    config = cargar_config(PAQUETE.parent)
    completo = armar_plan(config)
    plan = _plan_hostil(_solo(completo, DEPENDENCIAS))
    raiz.mkdir(parents=True)
    (raiz / "seguimiento.toml").write_text(_configuracion(), encoding="utf-8")
    contexto = abrir(CORTE.vigencia, CORTE.periodo.value, raiz)
    aparte = raiz / "aparte"
    aparte.mkdir()
    libro = escribir_plan_pi(
        aparte / "Plan.xlsx", config=contexto.config, plan=plan.plan,
        plan_vigencias=plan.plan_vigencias, plan_fuentes=plan.plan_fuentes,
    )  # fmt: skip
    importar_plan(libro, rutas=contexto.rutas, formato="plan_propio", recibido_en=datetime(2024, 6, 14, 9))
    for corte in (ANTERIOR, CORTE):
        for entrega in armar_entregas_del_corte(config, completo, corte, DEPENDENCIAS):
            recibir_libro(
                escribir_entrega(aparte, _envenenada(entrega), contexto.config), rutas=contexto.rutas,
                config=contexto.config, corte=corte, instrumento=entrega.instrumento,
                dependencia=entrega.dependencia, recibido_en=entrega.recibido_en,
            )  # fmt: skip
    _enlaces(raiz)
    razon = hostil("registro", "razon", 0)
    declarar_no_aplica(
        contexto, [5], razon, fecha=date(2025, 12, 1), registrado_en=datetime(2025, 12, 1, 8).astimezone()
    )
    registrar_observaciones(contexto, _de_control_interno(aparte, plan), datetime(2026, 2, 10, 8))
    return raiz


def _configuracion() -> str:
    """El seguimiento.toml del proyecto con solo esas dependencias."""
    texto = (PAQUETE.parent / "seguimiento.toml").read_text(encoding="utf-8")
    # Con tan pocas filas, la que trae códigos hostiles devolvería el libro entero.
    texto = re.sub(r"(?m)^proporcion_para_devolver.*$", "proporcion_para_devolver = 0.9", texto)
    bloques = re.split(r"(?m)^(?=\[)", texto)
    return "".join(
        b
        for b in bloques
        if not b.startswith("[[dependencias]]") or any(f'codigo = "{d}"' in b for d in DEPENDENCIAS)
    )


def _solo(plan: PlanDemo, dependencias: Iterable[str]) -> PlanDemo:
    metas = plan.plan[plan.plan["dependencia"].isin(list(dependencias))]
    codigos = set(metas["codigo_meta"])

    def propias(tabla: pd.DataFrame) -> pd.DataFrame:
        return tabla[tabla["codigo_meta"].isin(codigos)].reset_index(drop=True)

    return replace(
        plan, plan=metas.reset_index(drop=True),
        plan_vigencias=propias(plan.plan_vigencias), plan_fuentes=propias(plan.plan_fuentes),
    )  # fmt: skip


def _plan_hostil(plan: PlanDemo) -> PlanDemo:
    metas = plan.plan.copy()
    for n, columna in enumerate(LIBRES["plan"]):
        # Lo que nombra un código (línea, sector) es igual en todas sus metas.
        llave = {"nombre_linea": "linea", "nombre_sector": "sector", "nombre_programa": "programa"}.get(
            columna
        )
        turnos = metas[llave].astype("category").cat.codes if llave else range(len(metas))
        metas[columna] = [hostil("plan", columna, n + turno) for turno in turnos]
    return replace(plan, plan=metas)


def _envenenada(entrega: Entrega) -> Entrega:
    sanas = DEL_PLAN_EN_EL_PI if (entrega.instrumento, entrega.dependencia) == ("pi", DEPENDENCIAS[0]) else ()
    return replace(
        entrega,
        filas=tuple(_envenenar(entrega.instrumento, entrega.filas, sanas)),
        movimientos=tuple(_envenenar("movimientos", entrega.movimientos)),
    )


def _envenenar(
    instrumento: str, filas: Iterable[Mapping[str, Any]], sanas: Sequence[str] = ()
) -> Iterable[dict[str, Any]]:
    """Las filas con texto hostil en lo libre, y una fila de más que lo trae también en los códigos."""
    ultima: dict[str, Any] = {}
    for turno, fila in enumerate(filas):
        libres = {
            c: hostil(instrumento, c, turno + n)
            for n, c in enumerate(LIBRES[instrumento])
            if c in fila and c not in sanas
        }
        ultima = {**fila, **libres}
        yield ultima
    if ultima:
        yield ultima | {c: hostil(instrumento, c, n) for n, c in enumerate(CODIGOS[instrumento])}


def _enlaces(raiz: Path) -> None:
    with (raiz / "enlaces.csv").open("w", encoding="utf-8", newline="") as abierto:
        escritor = csv.writer(abierto)
        escritor.writerow(("dependencia", "cargo", "desde", "hasta", "acto"))
        for turno, codigo in enumerate(DEPENDENCIAS):
            cargo, acto = (hostil("enlaces", c, turno + 2 * n) for n, c in enumerate(("cargo", "acto")))
            escritor.writerow((codigo, cargo, "2025-01-10", "", acto))


def _de_control_interno(carpeta: Path, plan: PlanDemo) -> Path:
    """El libro de verificación diligenciado con texto hostil en cada casilla."""
    metas = plan.plan.head(8)
    vacia = dict.fromkeys(c.campo for c in COLUMNAS)
    pares = zip(metas["codigo_meta"], metas["dependencia"], strict=True)
    muestra = pd.DataFrame([vacia | {"codigo_meta": c, "dependencia": d} for c, d in pares])
    control = {"formato": "ci_verificacion", "vigencia": str(CORTE.vigencia), "periodo": CORTE.periodo.value}
    ruta = escribir_verificacion(
        carpeta / "verificacion.xlsx", muestra, titulo="Verificación", fecha=date(2026, 2, 1),
        control=control, renglones=[],
    )  # fmt: skip
    libro = openpyxl.load_workbook(ruta)
    hoja = libro["Muestra"]
    titulos = {c.titulo: c.campo for c in COLUMNAS}
    encabezado = next(f for f in hoja.iter_rows() if len({str(c.value) for c in f} & set(titulos)) > 3)
    for turno, fila in enumerate(hoja.iter_rows(min_row=encabezado[0].row + 1)):
        for titulo, celda in zip(encabezado, fila, strict=True):
            campo = titulos[str(titulo.value)]
            if campo in EN_BLANCO_DE_CI:
                celda.value = _sin_controles(hostil("ci", campo, turno))
                celda.data_type = "s"  # openpyxl tomaría «=…» por fórmula; aquí es lo que alguien escribió
            if campo == "resultado":
                celda.value = "No coincide"
    libro.save(ruta)
    return ruta


def _sin_controles(texto: str) -> str:
    return "".join(c for c in texto if c.isprintable() or c in "\u202e\u202c\u200f")


def correr_aparte(raiz: Path, **entorno: str) -> subprocess.Popen[str]:
    """El proceso, ya andando, que corre la entidad con esas variables de entorno."""
    return subprocess.Popen(
        [sys.executable, __file__, str(raiz)],
        env={**os.environ, "PYTHONPATH": str(PAQUETE.parent), **entorno},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
    )  # fmt: skip


def correr_todo(raiz: Path) -> None:
    """El corte con sus informes y PDF, el sitio, las plantillas, los documentos y las cargas."""
    from pipeline.flujo.cargas import escribir_cargas
    from pipeline.flujo.correr import Opciones, correr
    from pipeline.flujo.documentos import generar_documentos
    from pipeline.flujo.preparacion import escribir_plantillas
    from pipeline.flujo.publico import publicar_sitio

    contexto = abrir(CORTE.vigencia, CORTE.periodo.value, raiz)
    corrida = correr(contexto, Opciones())
    assert not corrida.fallidos, [r.motivo for r in corrida.fallidos]
    publicar_sitio(contexto, raiz / "sitio", direccion="https://ejemplo.gov.co/p", fecha=date(2026, 1, 30))
    escribir_plantillas(contexto)
    generar_documentos(contexto)
    escribir_cargas(contexto)


if __name__ == "__main__":
    correr_todo(Path(sys.argv[1]))
