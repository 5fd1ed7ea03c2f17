"""La corrida con la entidad mínima (entidad_minima.py): qué se rehace, fallas, agenda y sellos."""

from __future__ import annotations

import errno
import json
import os
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from entidad_minima import CATALOGO, EnLinea, crear_entidad, en_linea, escribir_cuaderno, poner

from pipeline import flujo, sellos
from pipeline.errores import ErrorConfiguracion, ErrorEntorno
from pipeline.flujo import correr as modulo_correr
from pipeline.flujo import produccion, tareas
from pipeline.flujo.agenda import agenda, pendientes
from pipeline.flujo.candado import tomar_candado
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.correr import Corrida, Opciones, correr
from pipeline.flujo.entidades import correr_entidades
from pipeline.flujo.reexpresion import nota_de_reexpresion
from pipeline.flujo.sellos import abrir_abierto, cerrar, reabrir
from pipeline.flujo.verificacion import verificar

pytestmark = pytest.mark.integracion
ENLACES = "dependencia,cargo,desde,hasta,acto\nSSAL,Profesional,{desde},,Oficio 1\n"
CATALOGO_CON_PDF = CATALOGO | {
    "informes": [i | {"pdf": i["nombre"] == "general"} for i in CATALOGO["informes"]]
}


@pytest.fixture(scope="module")
def corrida_una_vez(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Entidad mínima ya corrida."""
    raiz = tmp_path_factory.mktemp("minima")
    with pytest.MonkeyPatch.context() as parche:
        parche.setattr(tareas, "catalogo", lambda: CATALOGO)
        parche.setattr(modulo_correr, "abrir_taller", en_linea)
        corrida = correr(crear_entidad(raiz), Opciones())
    assert not corrida.fallidos, [r.motivo for r in corrida.fallidos]
    return raiz


@pytest.fixture
def contexto(corrida_una_vez: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Contexto:
    """Copia propia de la entidad ya corrida; la carpeta de trabajo es la raíz."""
    raiz = tmp_path / "entidad"
    shutil.copytree(corrida_una_vez, raiz)
    monkeypatch.setattr(tareas, "catalogo", lambda: CATALOGO)
    monkeypatch.setattr(modulo_correr, "abrir_taller", en_linea)
    monkeypatch.chdir(raiz)
    return flujo.abrir(2025, "T1", raiz)


def _estados(corrida: Corrida) -> dict[str, str]:
    return {r.nombre: r.estado for r in corrida.resultados}


def _fotografia(raiz: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(r): (r.stat().st_mtime_ns, r.read_bytes())
        for r in raiz.rglob("*")
        if r.is_file() and r.name != ".candado"
    }


def test_sin_cambios_no_se_toca_ningun_archivo(contexto: Contexto) -> None:
    antes = _fotografia(contexto.rutas.raiz)
    corrida = correr(contexto, Opciones())
    assert set(_estados(corrida).values()) == {"sin_cambios"}
    assert _fotografia(contexto.rutas.raiz) == antes


def test_cambiar_una_dependencia_rehace_su_ficha_y_no_la_de_otra(contexto: Contexto) -> None:
    otra = contexto.rutas.informes(contexto.corte) / "ficha" / "SEDU"
    antes = _fotografia(otra)
    poner(contexto, SSAL=0.75, SEDU=0.25)
    corrida = correr(contexto, Opciones())
    assert _estados(corrida) == {
        "etapa": "publicado",
        "general": "publicado",
        "ficha/SEDU": "sin_cambios",
        "ficha/SSAL": "publicado",
    }
    causas = {r.nombre: r.causa for r in corrida.resultados}
    assert causas["etapa"] == "cambió: datos de los libros recibidos"
    assert causas["ficha/SSAL"] == "cambió: datos de metas"
    assert _fotografia(otra) == antes
    bitacora = (otra.parents[1] / "bitacora.txt").read_text(encoding="utf-8")
    assert "publicado ficha/SSAL" in bitacora
    assert str(contexto.rutas.raiz) not in bitacora


def test_el_pdf_se_compone_solo_si_cambia_lo_que_se_imprime(
    contexto: Contexto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tareas, "catalogo", lambda: CATALOGO_CON_PDF)
    compuestos: list[str] = []

    def componer(html: Path, destino: Path) -> None:
        compuestos.append(html.read_text(encoding="utf-8"))
        destino.write_bytes(f"compuesto {len(compuestos)}".encode())

    monkeypatch.setattr(produccion.informes, "comprobar_pdf", lambda: None)
    monkeypatch.setattr(produccion.informes, "exportar_pdf", componer)
    pdf = contexto.rutas.informes(contexto.corte) / "general" / "informe.pdf"

    def publicado() -> bytes:
        assert _estados(correr(contexto, Opciones()))["general"] == "publicado"
        return pdf.read_bytes()

    assert publicado() == b"compuesto 1"  # el informe general imprime la suma de los avances: 0,50 + 0,25
    poner(contexto, SSAL=0.25, SEDU=0.5)
    assert publicado() == b"compuesto 1"
    pdf.write_bytes(b"alterado")
    assert publicado() == b"compuesto 2"
    poner(contexto, SSAL=0.25, SEDU=0.25)
    assert publicado() == b"compuesto 3"
    assert ["0.75" in c for c in compuestos] == [True, True, False]


def test_el_disco_lleno_falla_un_informe_con_codigo_cinco_publica_los_demas_y_avisa(
    contexto: Contexto, monkeypatch: pytest.MonkeyPatch
) -> None:
    (contexto.rutas.raiz / "avisar.py").write_text(
        "import sys\nopen(sys.argv[1], 'w').write(sys.stdin.read())\n"
    )
    exportar = produccion.informes.exportar_html

    def sin_espacio(ejecutado: Path, destino: Path, *resto: Any) -> Any:
        if "SEDU" in destino.parts:
            raise OSError(errno.ENOSPC, "No space left on device")
        return exportar(ejecutado, destino, *resto)

    monkeypatch.setattr(produccion.informes, "exportar_html", sin_espacio)
    poner(contexto, SSAL=0.1, SEDU=0.2)
    corrida = correr(contexto, Opciones())
    assert [(r.nombre, r.codigo_salida) for r in corrida.fallidos] == [("ficha/SEDU", 5)]
    assert "no queda espacio en el disco" in corrida.fallidos[0].motivo
    assert _estados(corrida)["ficha/SSAL"] == "publicado"
    resultado = json.loads((contexto.rutas.informes(contexto.corte) / "resultado.json").read_text())
    assert (resultado["estado"], resultado["codigo_salida"]) == ("con_fallas", 5)
    avisado = json.loads((contexto.rutas.raiz / "avisado.json").read_text())
    assert avisado["informes"][-2]["estado"] == "fallido"


def test_con_la_carpeta_protegida_se_dice_que_no_se_puede_escribir(
    contexto: Contexto, monkeypatch: pytest.MonkeyPatch
) -> None:
    def protegida(*_: Any, **__: Any) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", protegida)
    with pytest.raises(ErrorEntorno, match="no se puede escribir.*solo lectura"):
        correr(contexto, Opciones())


def test_dos_corridas_a_la_vez_no_se_pisan_y_la_segunda_dice_quien_tiene_el_candado(
    contexto: Contexto,
) -> None:
    with (
        tomar_candado(contexto.rutas.procesados(contexto.corte), "del corte 2025-T1"),
        pytest.raises(ErrorEntorno, match=rf"en curso \(proceso {os.getpid()}, desde las"),
    ):
        correr(contexto, Opciones())
    assert set(_estados(correr(contexto, Opciones())).values()) == {"sin_cambios"}


def test_el_candado_de_una_corrida_muerta_se_recupera_y_se_dice(contexto: Contexto) -> None:
    candado = contexto.rutas.procesados(contexto.corte) / ".candado"
    candado.write_text(json.dumps({"proceso": 999999, "desde": "2025-04-01T06:00:00-05:00"}))
    corrida = correr(contexto, Opciones())
    assert corrida.avisos == (
        "la corrida anterior (proceso 999999, desde las 06:00 del 2025-04-01) no terminó: "
        "se retoma lo que falta",
    )
    assert correr(contexto, Opciones()).avisos == ()


def test_una_muerte_a_mitad_de_publicar_se_repara_al_volver_a_correr(contexto: Contexto) -> None:
    """Lo que puede quedar: una ficha retirada, otra a medias y una tabla que no es la de su constancia."""
    publicados = contexto.rutas.informes(contexto.corte)
    antes = {r.name: r.read_bytes() for r in (publicados / "ficha" / "SSAL").iterdir() if r.is_file()}
    (publicados / ".en_curso" / "ficha").mkdir(parents=True)
    (publicados / "ficha" / "SSAL").rename(publicados / ".en_curso" / "ficha" / "SSAL.anterior")
    (publicados / "ficha" / "SEDU" / "manifiesto.json").write_text("{", encoding="utf-8")
    (contexto.rutas.procesados(contexto.corte) / "metas.parquet").write_bytes(b"a medias")
    corrida = correr(contexto, Opciones())
    assert not corrida.fallidos
    despues = {r.name: r.read_bytes() for r in (publicados / "ficha" / "SSAL").iterdir() if r.is_file()}
    assert despues == antes
    assert not (publicados / ".en_curso").exists()


def test_una_tabla_alterada_se_rehace_aunque_se_deje_leer(contexto: Contexto) -> None:
    tabla = contexto.rutas.procesados(contexto.corte) / "metas.parquet"
    original = tabla.read_bytes()
    pd.read_parquet(tabla).assign(avance=1.0).to_parquet(tabla, index=False)
    assert tabla.read_bytes() != original
    corrida = correr(contexto, Opciones(informe="ficha", dependencia="SSAL"))
    assert not corrida.fallidos
    assert tabla.read_bytes() == original


def test_un_proceso_que_muere_no_se_lleva_los_demas_informes(
    contexto: Contexto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """El cuaderno mata al proceso que lo hace, como el sistema sin memoria; el taller es de verdad."""
    from pipeline.flujo.taller import abrir_taller

    monkeypatch.setattr(modulo_correr, "abrir_taller", abrir_taller)
    matar = "import os, signal\nif dependencia == 'SEDU': os.kill(os.getppid(), signal.SIGKILL)"
    escribir_cuaderno(contexto.rutas.raiz / "notebooks", "ficha", matar)
    corrida = correr(contexto, Opciones(trabajos=2))
    assert [r.nombre for r in corrida.fallidos] == ["ficha/SEDU"]
    assert "murió" in corrida.fallidos[0].motivo
    assert corrida.fallidos[0].codigo_salida == 4
    assert _estados(corrida)["ficha/SSAL"] == "publicado"


def test_pendiente_es_el_corte_terminado_con_entregas_y_sin_publicar(contexto: Contexto) -> None:
    poner(contexto, SSAL=0.6, SEDU=0.25)  # lo publicado ya no está al día
    assert [str(c.corte) for c in pendientes(contexto, date(2025, 3, 31))] == []  # el periodo no ha terminado
    assert [str(c.corte) for c in pendientes(contexto, date(2025, 4, 1))] == ["2025-T1"]
    correr(contexto, Opciones())
    assert pendientes(contexto, date(2025, 4, 1)) == []
    cita = agenda(contexto, date(2025, 4, 1), 2025)[0]
    assert (cita.momento, cita.informe) == ("en plazo", "al día")
    assert cita.por_instrumento == {"pi": 1, "poai": 0, "pa": 0}


def test_un_corte_cerrado_no_se_cambia_hasta_reabrirlo_y_la_reexpresion_dice_antes_y_despues(
    contexto: Contexto,
) -> None:
    cerrar(contexto, autoridad="Secretario de Planeación", fecha=date(2025, 5, 8))
    assert set(_estados(correr(contexto, Opciones())).values()) == {"sin_cambios"}
    poner(contexto, SSAL=0.75, SEDU=0.25)
    with pytest.raises(ErrorConfiguracion, match="está cerrado \\(sello 1 del 2025-05-08"):
        correr(contexto, Opciones())
    with pytest.raises(ErrorConfiguracion, match="está cerrado"):
        abrir_abierto(2025, "T1", contexto.rutas.raiz)
    with pytest.raises(ErrorConfiguracion, match="2025-05-07 es anterior a la del sello 1 del corte 2025-T1"):
        reabrir(contexto, motivo="Cifra corregida", autoridad="Consejo de Gobierno", fecha=date(2025, 5, 7))
    reabrir(contexto, motivo="Cifra corregida", autoridad="Consejo de Gobierno", fecha=date(2025, 5, 20))
    assert not correr(contexto, Opciones()).fallidos
    nota = nota_de_reexpresion(2025, "T1").contenido
    # (0,5 + 0,25) / 2 = 37,5 % antes; (0,75 + 0,25) / 2 = 50,0 % después.
    for parte in ("Cifra corregida", "Consejo de Gobierno", "37,5", "50,0"):
        assert parte in nota
    with pytest.raises(ErrorConfiguracion, match="anterior a la del sello 2"):
        cerrar(contexto, autoridad="Secretario de Planeación", fecha=date(2025, 5, 19))
    constancia = cerrar(contexto, autoridad="Secretario de Planeación", fecha=date(2025, 5, 21))
    assert "sello 3" in constancia
    assert sellos.faltas_de_la_cadena(contexto.rutas.crudos) == []
    primero = contexto.rutas.crudos / "sellos" / "0001.json"
    primero.write_text(primero.read_text().replace("Secretario", "Secretaria"))
    assert sellos.faltas_de_la_cadena(contexto.rutas.crudos) == [
        "0002.json: no encadena con el sello anterior, que cambió después de puesto"
    ]


def test_lo_que_se_archiva_despues_de_cerrar_no_cambia_lo_publicado(
    contexto: Contexto, monkeypatch: pytest.MonkeyPatch
) -> None:
    con_registros = {"archivos_si_abierto": {"registros": ["data/raw/registros/{vigencia}/**/*"]}}
    general, ficha = CATALOGO["informes"]
    monkeypatch.setattr(tareas, "catalogo", lambda: CATALOGO | {"informes": [general | con_registros, ficha]})
    correr(contexto, Opciones())
    cerrar(contexto, autoridad="Secretario de Planeación", fecha=date(2025, 5, 8))
    archivado = contexto.rutas.crudos / "registros" / "2025" / "acta.pdf"
    archivado.parent.mkdir(parents=True)
    archivado.write_bytes(b"firmado")
    assert set(_estados(correr(contexto, Opciones())).values()) == {"sin_cambios"}
    assert verificar(contexto, rapido=True).coincide


def test_un_enlace_designado_con_fecha_anterior_no_cambia_un_corte_cerrado(contexto: Contexto) -> None:
    cerrar(contexto, autoridad="Secretario de Planeación", fecha=date(2025, 5, 8))
    lista = contexto.rutas.raiz / "enlaces.csv"
    lista.write_text(ENLACES.format(desde="2025-06-01"), encoding="utf-8")  # después del corte: no lo toca
    assert set(_estados(correr(contexto, Opciones())).values()) == {"sin_cambios"}
    lista.write_text(ENLACES.format(desde="2025-01-10"), encoding="utf-8")
    with pytest.raises(ErrorConfiguracion, match="está cerrado"):
        correr(contexto, Opciones())


def test_lo_publicado_de_un_corte_cerrado_se_recupera_del_respaldo_solo_con_el_mismo_codigo(
    contexto: Contexto, monkeypatch: pytest.MonkeyPatch
) -> None:
    cerrar(contexto, autoridad="Secretario de Planeación", fecha=date(2025, 5, 8))
    for carpeta in ("data/processed", "reports"):
        shutil.rmtree(contexto.rutas.raiz / carpeta)
    with monkeypatch.context() as otro:
        otro.setattr("pipeline.flujo.sellos.huella_codigo", lambda: "otra revisión")
        with pytest.raises(ErrorConfiguracion, match="está cerrado"):
            correr(contexto, Opciones())
    assert set(_estados(correr(contexto, Opciones())).values()) == {"publicado"}
    assert verificar(contexto, rapido=True).coincide  # los mismos bytes que selló


def test_las_entidades_se_corren_aparte_y_lo_que_falla_en_una_no_toca_a_las_demas(
    contexto: Contexto, tmp_path: Path
) -> None:
    carpeta = tmp_path / "municipios"
    for nombre in ("a", "b", "c"):
        shutil.copytree(contexto.rutas.raiz, carpeta / nombre)
    shutil.rmtree(carpeta / "b" / "data" / "raw" / "plan")
    (carpeta / "c" / "seguimiento.toml").write_text("[entidad", encoding="utf-8")
    hechas = correr_entidades(carpeta, Opciones(), EnLinea)
    assert [(c.entidad, c.estado, c.codigo_salida) for c in hechas] == [
        ("a", "completo", 0),
        ("b", "detenido", 5),
        ("c", "detenido", 2),
    ]
    resumen = (carpeta / "resumen_de_entidades.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [renglon.split(",")[:3] for renglon in resumen[1:]] == [[n, "2025", "T1"] for n in ("a", "b", "c")]
    assert resumen[1].split(",")[6] == "0.375"  # (0,5 + 0,25) / 2


@pytest.mark.parametrize(
    ("archivo", "que"),
    [
        ("data/raw/2025/T1/valores.json", "su contenido cambió"),
        ("data/processed/2025/T1/metas.parquet", "su contenido cambió"),
        ("reports/2025/T1/ficha/SSAL/informe.html", "su contenido cambió"),
        ("seguimiento.toml", "su contenido cambió"),
        ("reports/2025/T1/general/informe.html", "falta"),
    ],
)
def test_verificar_nombra_lo_unico_que_se_altero(contexto: Contexto, archivo: str, que: str) -> None:
    cerrar(contexto, autoridad="Secretario de Planeación", fecha=date(2025, 5, 8))
    assert verificar(contexto, rapido=True).coincide
    ruta = contexto.rutas.raiz / archivo
    if que == "falta":
        ruta.unlink()
    else:
        ruta.write_bytes(ruta.read_bytes() + b"\n")
    hallado = verificar(contexto, rapido=True)
    assert [(d.donde, d.que) for d in hallado.diferencias] == [(archivo, que)]


def test_verificar_rehace_el_corte_y_nombra_la_fila_y_la_columna_cambiadas(contexto: Contexto) -> None:
    assert verificar(contexto).coincide
    tabla = contexto.rutas.procesados(contexto.corte) / "metas.parquet"
    metas = pd.read_parquet(tabla)
    metas.loc[metas["codigo_meta"] == "M-SSAL", "avance"] = 0.9
    metas.to_parquet(tabla, index=False)
    hallado = verificar(contexto)
    assert "tabla metas › M-SSAL › avance: dice «0.9» y al rehacerla da «0.5»" in map(
        str, hallado.diferencias
    )


def test_sin_sello_un_umbral_cambiado_se_nota(contexto: Contexto) -> None:
    otro = contexto.rutas.raiz / "seguimiento.toml"
    otro.write_text(
        otro.read_text(encoding="utf-8").replace("rezago = 0.75", "rezago = 0.7"), encoding="utf-8"
    )
    hallado = verificar(contexto, rapido=True)
    assert list(map(str, hallado.diferencias)) == [
        "seguimiento.toml › umbrales.rezago: era «0.75» y es «0.7»"
    ]
