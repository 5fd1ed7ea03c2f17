"""Una vigencia entera, de la programación a Control Interno, con las órdenes que se dan en la oficina."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from entidad_minima import en_linea
from typer.testing import CliRunner

from pipeline import cli
from pipeline.config import PAQUETE, Config, cargar_config
from pipeline.demo.entregas import Entrega, armar_entregas_del_corte, escribir_entrega
from pipeline.demo.plan import armar_plan
from pipeline.flujo import abrir, tareas
from pipeline.flujo import correr as modulo_correr
from pipeline.flujo.registros import libro_de_registros
from pipeline.flujo.verificacion import verificar
from pipeline.modelo import Corte, Periodo
from pipeline.plantillas import escribir_plan_pi

pytestmark = pytest.mark.integracion

QUIENES = ("OCIN", "OJUR")  # las más pequeñas del ejemplo que siempre entregan, y a tiempo
CON_RELOJ = (cli.control, cli.pa, cli.preparacion, cli.publicar, cli.recepcion, cli.registros, cli.sellos)
# Lo que un dato no puede cerrar: lo firma alguien. Un mismo documento cierra las filas que cubre.
FIRMADOS_DE_LA_VIGENCIA = ((1,), (14, 25), (18,), (26,))
FIRMADOS_DE_CADA_CORTE = ((4, 19), (5, 20), (6, 21), (10,), (11,), (13,), (24,), (31,), (33,))
SIN_BORRADOR = {10}  # lo que se archiva es el cotejo con Al Tablero
VERSIONES = (
    ("presentado", "Acta 4 del comité del POAI", "2024-08-29"),
    ("aprobado", "Acta 9 del Consejo de Gobierno", "2024-09-20"),
    ("remitido", "Memorando 31 de Planeación", "2024-09-27"),
)


class Entidad:
    """La carpeta de una entidad de dos dependencias y su reloj."""

    def __init__(self, raiz: Path) -> None:
        self.raiz = raiz
        self.completa = cargar_config(PAQUETE.parent)
        self.plan = armar_plan(self.completa)
        self.hoy = datetime(2024, 6, 14, 9)
        comienzo, *bloques = (
            (PAQUETE.parent / "seguimiento.toml").read_text("utf-8").split("[[dependencias]]")
        )
        suyos = [b for b in bloques if re.search(r'codigo = "(\w+)"', b)[1] in QUIENES]  # type: ignore[index]
        (raiz / "seguimiento.toml").write_text("[[dependencias]]".join([comienzo, *suyos]), encoding="utf-8")

    @property
    def config(self) -> Config:
        """La configuración con solo esas dependencias."""
        return cargar_config(self.raiz)

    def ordenar(self, *orden: str, periodo: str = "", dia: str = "") -> str:
        """Lo que la orden escribe en la pantalla; con `dia`, dada ese día."""
        if dia:
            self.hoy = datetime.fromisoformat(f"{dia}T09:00:00-05:00")
        corte = ["--vigencia", "2025", "--periodo", periodo] if periodo else []
        hecho = CliRunner().invoke(cli.app, [*orden, *corte, "--raiz", str(self.raiz)])
        assert hecho.exception is None, (orden, hecho.output, hecho.exception)
        return hecho.output

    def recibir(self, entrega: Entrega, dia: str = "") -> None:
        """El libro de la entrega, recibido cuando lo mandaron o el día que se diga."""
        libro = escribir_entrega(self.raiz, entrega, self.config)
        self.hoy = entrega.recibido_en
        self.ordenar("recibir", str(libro), periodo=entrega.corte.periodo.value, dia=dia)

    def entregas(self, periodo: str) -> list[Entrega]:
        """Las de los tres instrumentos en el corte."""
        corte = Corte(vigencia=2025, periodo=Periodo(periodo))
        return armar_entregas_del_corte(self.completa, self.plan, corte, QUIENES)

    def libro_del_plan(self) -> Path:
        """El libro del plan con las metas de las dos dependencias."""
        metas = self.plan.plan[self.plan.plan["dependencia"].isin(QUIENES)]
        propias = {
            nombre: tabla[tabla["codigo_meta"].isin(metas["codigo_meta"])]
            for nombre, tabla in (
                ("plan_vigencias", self.plan.plan_vigencias), ("plan_fuentes", self.plan.plan_fuentes),
            )
        }  # fmt: skip
        return escribir_plan_pi(self.raiz / "Plan.xlsx", config=self.config, plan=metas, **propias)

    def libro(self, hoy: date, vigencia: int = 2025) -> pd.DataFrame:
        """El libro de registros de la vigencia completa."""
        return libro_de_registros(abrir(vigencia, "T4", self.raiz), hoy)

    def archivar(self, filas: tuple[int, ...], periodo: str, fecha: str, documento: Path) -> None:
        """Archiva el documento firmado que cierra esas filas."""
        self.ordenar(
            "registros", "registrar", *map(str, filas), "--archivo", str(documento), "--fecha", fecha,
            periodo=periodo,
        )  # fmt: skip


@pytest.fixture
def entidad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Entidad:
    """La entidad, con sus órdenes en la fecha que cada paso diga y un solo informe, que el libro no mira."""
    nueva = Entidad(tmp_path)
    for modulo in CON_RELOJ:
        monkeypatch.setattr(modulo, "ahora", lambda: nueva.hoy, raising=False)
    todo = tareas.catalogo()
    uno = {**todo, "informes": [i for i in todo["informes"] if i["nombre"] == "07_alertas"]}
    monkeypatch.setattr(tareas, "catalogo", lambda: uno)
    monkeypatch.setattr(modulo_correr, "abrir_taller", en_linea)
    return nueva


def _programar(entidad: Entidad) -> None:
    """2024: el plan, los enlaces y el POAI; enero de 2025: el Plan de Acción y su publicación."""
    entidad.ordenar("plan", "importar", str(entidad.libro_del_plan()), "--formato", "plan_propio",
                    dia="2024-06-14")  # fmt: skip
    enlaces = [f"{codigo},Profesional universitario,2024-06-20,,Resolución 12 de 2024" for codigo in QUIENES]
    (entidad.raiz / "enlaces.csv").write_text(
        "\n".join(["dependencia,cargo,desde,hasta,acto", *enlaces, ""]), encoding="utf-8"
    )
    assert "No se escribió memorando_hacienda" in entidad.ordenar(
        "registros", "generar", "--sin-pdf", periodo="T1"
    )
    for entrega in entidad.entregas("T1"):
        if entrega.instrumento != "pi":
            entidad.recibir(entrega, {"poai": "2024-08-27", "pa": "2025-01-10"}[entrega.instrumento])
    entidad.ordenar("correr", "--sin-pdf", periodo="T1", dia="2025-01-27")
    for version, acto, fecha in VERSIONES:
        entidad.ordenar("poai", "fijar", "--version", version, "--acto", acto, "--fecha", fecha, periodo="T1")
    direccion = "https://www.ejemplo.gov.co/plan"
    publicado = entidad.ordenar("publicar", "--direccion", direccion, dia="2025-01-29")
    assert f"Constancia 1: publicado el 29 de enero de 2025 en {direccion}." in publicado


def _seguir(entidad: Entidad, periodo: str) -> None:
    """El reporte del corte, su revisión, sus cargas, sus borradores y lo que va a Control Interno."""
    for entrega in entidad.entregas(periodo):
        entidad.recibir(entrega)
    if periodo == "T4":
        entidad.ordenar("correr", "--sin-pdf", periodo=periodo)
    else:
        entidad.ordenar("validar", periodo=periodo)
        entidad.ordenar("calcular", periodo=periodo)
    entidad.ordenar("pa", "revision", periodo=periodo)
    entidad.ordenar("cargas", "escribir", periodo=periodo)
    enviado = entidad.raiz / "cargas" / "2025" / periodo / "al_tablero.csv"
    assert "Coincide todo" in entidad.ordenar("cargas", "cotejar", str(enviado), periodo=periodo)
    entidad.ordenar("control-interno", periodo=periodo)
    assert "No se escribió" not in entidad.ordenar("registros", "generar", "--sin-pdf", periodo=periodo)


def _archivar_lo_firmado(entidad: Entidad, limites: pd.Series[str]) -> None:
    """Cada documento, firmado el día en que vencía."""
    documento = entidad.raiz / "firmado.pdf"
    for periodo in ("anual", *(p.value for p in Periodo)):
        grupos = FIRMADOS_DE_LA_VIGENCIA if periodo == "anual" else FIRMADOS_DE_CADA_CORTE
        for filas in grupos:
            documento.write_text(f"{filas} {periodo}", encoding="utf-8")
            entidad.archivar(
                filas, "T1" if periodo == "anual" else periodo, limites.loc[(filas[0], periodo)], documento
            )


def test_una_vigencia_cierra_con_sus_datos_lo_que_puede_y_con_lo_firmado_todo_lo_demas(
    entidad: Entidad,
) -> None:
    _programar(entidad)
    for periodo in Periodo:
        _seguir(entidad, periodo.value)
    entidad.ordenar("cerrar", "--autoridad", "Secretario de Planeación", periodo="T4", dia="2026-02-20")

    libro = entidad.libro(date(2026, 2, 20)).set_index(["fila", "periodo"])
    assert len(libro) == 20 * 4 + 13
    esperan = {
        *((f, "anual") for filas in FIRMADOS_DE_LA_VIGENCIA for f in filas),
        *((f, p.value) for filas in FIRMADOS_DE_CADA_CORTE for f in filas for p in Periodo),
    }
    # Lo que no exige firma lo cerró un dato, y a tiempo; la fila 2, del cuatrienio, se pidió en 2024.
    por_dato = libro.drop(index=list(esperan))
    assert len(por_dato) == 8 * 4 + 8
    assert set(por_dato["estado"]) == {"producido"}
    assert entidad.libro(date(2024, 12, 31), 2024).set_index("fila").loc[2, "estado"] == "producido"
    # Lo que exige firma está dicho uno a uno: qué registro falta y con qué borrador.
    por_firmar = libro.loc[sorted(esperan)]
    assert set(por_firmar["estado"]) == {"falta"}
    assert por_firmar["cierra"].str.contains("firmad|recibido|archivad").all()
    con_borrador = por_firmar[~por_firmar.index.get_level_values("fila").isin(SIN_BORRADOR)]
    assert con_borrador["consecutivo"].str.fullmatch(r"PRO-PET-07-2025-\d{3}").all()

    _archivar_lo_firmado(entidad, libro["limite"])
    final = entidad.libro(date(2026, 2, 20))
    assert final["estado"].value_counts().to_dict() == {"firmado": 53, "producido": 40}
    # Archivar no toca lo sellado.
    assert verificar(abrir(2025, "T4", entidad.raiz), rapido=True).coincide
