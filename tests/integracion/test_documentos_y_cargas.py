"""Los borradores, las cargas y el libro de registros de un corte de la demostración, de punta a punta."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from pypdf import PdfReader

from pipeline.esquemas import leer_tabla
from pipeline.flujo import abrir
from pipeline.flujo.cargas import cotejar_carga, escribir_cargas
from pipeline.flujo.documentos import escribir_pdf, generar_documentos
from pipeline.flujo.registros import libro_de_registros

pytestmark = pytest.mark.integracion
PERIODO = "T3"


def _raiz_aparte(demo: Path, raiz: Path) -> Path:
    """Otra raíz con los mismos libros y tablas, para no escribir en la que comparten las demás pruebas."""
    crudos = raiz / "data" / "raw"
    crudos.mkdir(parents=True)
    shutil.copy(demo / "seguimiento.toml", raiz)
    for suyo in (demo / "data" / "raw").iterdir():
        if suyo.name != "registros":
            (crudos / suyo.name).symlink_to(suyo)
    (raiz / "data" / "processed").symlink_to(demo / "data" / "processed")
    return raiz


def _revisar_pdf(documentos: list[Path]) -> None:
    """El PDF dice lo del .docx, está etiquetado, sale igual cada vez y no deja rastro de cómo se hizo."""
    escritos, avisos = escribir_pdf(documentos)
    if avisos:
        pytest.skip(
            "se omite: WeasyPrint no encuentra Pango (apt-get install libpango-1.0-0 libpangoft2-1.0-0)"
        )
    bytes_de_antes = [ruta.read_bytes() for ruta in escritos]
    assert [ruta.read_bytes() for ruta in escribir_pdf(documentos)[0]] == bytes_de_antes
    for ruta, consecutivo in zip(escritos, ("001", "032"), strict=True):
        documento = PdfReader(ruta)
        texto = " ".join(documento.pages[0].extract_text().split())
        for parte in ("MEMORANDO", f"PRO-PET-07-2025-{consecutivo}", "Página 1 de 1", "BORRADOR"):
            assert parte in texto, ruta.name
        catalogo = documento.trailer["/Root"]
        assert catalogo["/MarkInfo"]["/Marked"] and catalogo["/Lang"] == "es-CO"
        assert documento.metadata is not None and documento.metadata.title.endswith(consecutivo)
        assert "/CreationDate" not in documento.metadata
    assert not list(escritos[0].parent.glob("*.tmp"))


def test_un_corte_da_sus_borradores_sus_cargas_y_su_libro_de_registros(
    cortes_demo: Path, tmp_path: Path
) -> None:
    contexto = abrir(2025, PERIODO, _raiz_aparte(cortes_demo, tmp_path / "entidad"))
    generados = generar_documentos(contexto, con_pdf=False)
    assert generados.omitidos == ()
    nombres = [ruta.name for ruta in generados.rutas]
    assert len(nombres) == 14 + 25 + 1  # uno por documento, un acta por dependencia y el .ics
    _revisar_pdf([r for r in generados.rutas if r.name[:3] in ("04_", "33_")])
    libro = libro_de_registros(contexto, date(2025, 9, 1)).set_index(["fila", "periodo"])
    assert libro.loc[(4, PERIODO), "consecutivo"] == "PRO-PET-07-2025-001"
    # Lo que el dato puede cerrar está cerrado; de lo que exige firma, nada: solo hay borradores.
    del_corte = libro.xs(PERIODO, level="periodo")
    cerradas = set(del_corte.index[del_corte["estado"].isin(["producido", "tarde"])])
    assert {8, 9, 12, 23, 32} <= cerradas
    assert set(libro["estado"]) <= {"producido", "tarde", "falta", "borrador", "esperado", "no_aplica"}

    escritas = {e.nombre: e for e in escribir_cargas(contexto)}
    metas = leer_tabla("metas", contexto.rutas.procesados(contexto.corte))
    control = json.loads((escritas["sispt"].ruta.parent / "totales.json").read_text(encoding="utf-8"))
    assert control["al_tablero"]["totales"]["filas"] == len(metas) == 333
    assert escritas["al_tablero"].totales["Compromisos"] == pytest.approx(
        metas["compromisos_cop"].sum(), abs=0.5
    )
    vuelta = tmp_path / "vuelta.csv"
    renglones = escritas["al_tablero"].ruta.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    vuelta.write_text("".join(renglones[:-1]), encoding="utf-8")
    _, diferencias = cotejar_carga(contexto, "al_tablero", vuelta)
    assert diferencias["problema"].tolist() == ["no llegó"]
