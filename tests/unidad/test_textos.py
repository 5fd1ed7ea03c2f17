"""Las frases de los informes: concuerdan, dicen las cifras y tienen algo que decir cuando no hay datos."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from pipeline.config import cargar_config
from pipeline.esquemas import crear_tabla, guardar_tabla
from pipeline.informes import DatosInforme, abrir_corte, textos
from pipeline.informes.bloques import en_linea, lista
from pipeline.modelo import Corte, Periodo

PROYECTO = Path(__file__).resolve().parents[2]
TABLAS = ("plan", "entregas", "hallazgos", "metas", "indices", "alertas")


def _datos(**filas: list[dict[str, object]]) -> DatosInforme:
    """Corte 2025-T3 de la configuración del proyecto, con las filas dadas y lo demás vacío."""
    comun = {"vigencia": 2025, "periodo": "T3"}
    tablas = {}
    for nombre in TABLAS:
        con_corte = nombre in {"entregas", "metas", "indices"}
        tablas[nombre] = crear_tabla(
            nombre, [{**(comun if con_corte else {}), **f} for f in filas.get(nombre, [])]
        )
    return DatosInforme(
        config=cargar_config(PROYECTO),
        corte=Corte(vigencia=2025, periodo=Periodo.T3),
        es_demostracion=False,
        dependencia="",
        **tablas,
    )


def _indice(nivel: str, codigo: str, **valores: object) -> dict[str, object]:
    cuentas = dict.fromkeys(
        (
            *("n_metas", "n_programadas", "n_reportadas", "n_sin_reporte"),
            *("n_devueltas", "n_no_programadas", "n_sobre_100"),
        ),
        0,
    )
    return {**cuentas, "nivel": nivel, "codigo": codigo, "nombre": codigo, **valores}


def _meta(codigo: str, **valores: object) -> dict[str, object]:
    return {"codigo_meta": codigo, "estado_reporte": "reportada", **valores}


@pytest.mark.parametrize(
    ("avance", "esperado", "dice"), [(0.4, 0.75, "por debajo"), (0.8, 0.75, "igual o superior")]
)
def test_el_avance_se_compara_con_lo_esperado(avance: float, esperado: float, dice: str) -> None:
    datos = _datos(indices=[_indice("plan", "P", avance=avance, esperado=esperado)])
    assert dice in textos.avance_general(datos).contenido


def test_lo_que_falta_por_reportar_se_dice_como_un_rango() -> None:
    datos = _datos(indices=[_indice("plan", "P", avance=0.4, cota_inferior=0.4, cota_superior=0.55)])
    assert (
        "entre 40,0\u00a0%, si lo no reportado fuera cero, y 55,0\u00a0%"
        in textos.avance_general(datos).contenido
    )


@pytest.mark.parametrize(
    ("cuantas", "dice"),
    [
        (0, "Todas las metas"),
        (1, "<strong>Una meta</strong> programada no tiene"),
        (2, "<strong>2 metas</strong>"),
    ],
)
def test_las_metas_sin_reporte_concuerdan_en_numero(cuantas: int, dice: str) -> None:
    metas = [_meta("M0"), *[_meta(f"M{n + 1}", estado_reporte="sin_reporte") for n in range(cuantas)]]
    assert dice in textos.metas_en_estado(_datos(metas=metas), "sin_reporte").contenido


def test_quien_no_reporto_nada_ni_va_atrasado_ni_es_el_menor_avance() -> None:
    def dependencia(codigo: str, avance: float, superior: float, reportadas: int) -> dict[str, object]:
        return _indice("dependencia", codigo, avance=avance, cota_inferior=avance, cota_superior=superior,
                       esperado=0.7, n_programadas=4, n_reportadas=reportadas)  # fmt: skip

    filas = [
        dependencia("Salud", 0.65, 0.66, 4),
        dependencia("Cultura", 0.6, 0.75, 3),
        dependencia("Muda", 0.0, 1.0, 0),
    ]
    dicho = textos.por_nivel(_datos(indices=filas), "dependencia").contenido.replace("\xa0", " ")
    assert "el menor, el de «Cultura»" in dicho
    assert "De 3 dependencias, 1 avanza menos de lo esperado al corte; de 2 no se sabe" in dicho
    assert "Sin ningún reporte aceptado hay 1 dependencia" in dicho
    plan = [dependencia("P", 0.0, 1.0, 0) | {"nivel": "plan"}]
    assert "no se sabe si va por debajo" in textos.avance_general(_datos(indices=plan)).contenido


def test_cada_cifra_clave_dice_de_que_libros_sale() -> None:
    def libro(dependencia: str, version: int, **valores: object) -> dict[str, object]:
        return {"dependencia": dependencia, "instrumento": "pi", "version": version, "estado": "aceptada",
                "oportunidad": "a_tiempo"} | valores  # fmt: skip

    plan = _indice("plan", "P", avance=0.4, ejecucion_financiera=0.5, indice_oportunidad=0.5)
    entregas = [
        libro("SEDU", 1, estado="reemplazada"),
        libro("SEDU", 2, oportunidad="tardia"),  # corregir no la vuelve tardía: cuenta la primera
        libro("SSAL", 1, oportunidad="tardia"),
        libro("SEDU", 1, instrumento="poai"),
    ]
    dicho = textos.cifras_clave(_datos(indices=[plan], entregas=entregas)).contenido.replace("\xa0", " ")
    assert "1 de 2 libros esperados del Plan Indicativo" in dicho
    assert "obligaciones sobre apropiación definitiva, según el Plan Indicativo" in dicho


def test_el_unico_nodo_de_un_nivel_concuerda_en_genero() -> None:
    datos = _datos(indices=[_indice("dependencia", "A", avance=0.5), _indice("sector", "B", avance=0.5)])
    assert "La única dependencia" in textos.por_nivel(datos, "dependencia").contenido
    assert "El único sector" in textos.por_nivel(datos, "sector").contenido


def test_sin_datos_cada_frase_lo_dice_y_ninguna_inventa_cifras() -> None:
    vacio = _datos()
    for bloque in (
        textos.cifras_clave(vacio),
        textos.puntos_principales(vacio),
        textos.cobertura(vacio),
        textos.avance_general(vacio),
        textos.por_nivel(vacio, "linea"),
        textos.dinero(vacio),
        textos.alertas(vacio),
        textos.metas_en_estado(vacio, "sin_reporte"),
        textos.sobre_ejecutadas(vacio),
        textos.calidad(vacio),
        textos.entrega(vacio),
    ):
        assert re.search(r"\bnan\b", bloque.contenido.lower()) is None
        assert "%" not in bloque.contenido


def test_un_nombre_hostil_sale_escapado_en_las_frases() -> None:
    hostil = "<script>alert(1)</script>"
    filas = [
        _indice("linea", hostil, avance=0.5),
        _indice("linea", "B", avance=0.9),
        _indice("plan", "P", avance=0.7),
    ]
    datos = _datos(indices=filas)
    assert "<script" not in textos.por_nivel(datos, "linea").contenido
    assert "<script" not in textos.puntos_principales(datos).contenido


def test_las_llaves_de_un_nombre_no_se_interpretan() -> None:
    datos = _datos(indices=[_indice("linea", "{0} {{7*7}}", avance=0.5), _indice("linea", "B", avance=0.9)])
    assert "{0} {{7*7}}" in textos.por_nivel(datos, "linea").contenido


def test_la_lista_omite_lo_que_no_tiene_nada_que_decir() -> None:
    assert lista(["uno", "", "dos"]).contenido.count("<li>") == 2


def test_la_negrita_no_abre_paso_a_html() -> None:
    assert en_linea("**<b>**") == "<strong>&lt;b&gt;</strong>"


def test_el_metodo_imprime_todas_sus_opciones() -> None:
    from dataclasses import fields

    from pipeline.modelo import Metodo

    assert len(textos.metodo(_datos())) == len(fields(Metodo))


def test_cada_frase_de_estado_tiene_sus_tres_numeros() -> None:
    from pipeline.informes.frases import textos_fijos

    frases = textos_fijos()["frases"]
    for estado in ("sin_reporte", "devuelta", "no_programada"):
        assert {f"estado_{estado}", f"estado_{estado}_una", f"estado_{estado}_ninguna"} <= set(frases)


def test_toda_entrega_posible_tiene_su_frase() -> None:
    from pipeline.informes.frases import textos_fijos
    from pipeline.modelo import EstadoEntrega

    posibles = {f"entrega_{e}" for e in EstadoEntrega if e is not EstadoEntrega.REEMPLAZADA}
    assert posibles <= set(textos_fijos()["frases"])


def test_la_cadena_del_gasto_se_mide_contra_la_definitiva() -> None:
    plan = _indice(
        "plan", "P", apropiacion_inicial_cop=80.0, apropiacion_definitiva_cop=200.0, pagos_cop=50.0
    )
    cadena = _datos(indices=[plan]).cadena.set_index("etapa")
    assert cadena.loc["Pagos", "razon"] == 0.25
    assert pd.isna(cadena.loc["Apropiación inicial", "razon"])
    assert pd.isna(cadena.loc["Compromisos", "valor_cop"])


def test_los_codigos_se_ordenan_por_su_numero() -> None:
    datos = _datos(metas=[_meta("1.10"), _meta("1.9"), _meta("1.2")])
    assert list(datos.matriz["codigo_meta"]) == ["1.2", "1.9", "1.10"]


def test_las_bandas_salen_todas_y_en_su_orden() -> None:
    datos = _datos(
        metas=[_meta("1", semaforo="medio"), _meta("2", semaforo="critico"), _meta("3", semaforo="medio")]
    )
    assert list(datos.bandas["semaforo"])[:3] == ["critico", "bajo", "medio"]
    assert list(datos.bandas["n_metas"])[:3] == [1, 0, 2]


def test_el_corte_de_una_dependencia_solo_trae_lo_suyo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "seguimiento.toml").write_bytes((PROYECTO / "seguimiento.toml").read_bytes())
    completo = _datos(
        metas=[_meta("1", dependencia="SSAL"), _meta("2", dependencia="SCUL")],
        indices=[_indice("plan", "P"), _indice("dependencia", "SSAL"), _indice("dependencia", "SCUL")],
    )
    explicado = {
        "trazas": [{"codigo_meta": m, "medida": "avance", "formula": "x"} for m in "12"],
        "insumos": [
            {"codigo_meta": m, "medida": "avance", "campo": "x", "vigencia": 0, "valor": 1} for m in "12"
        ],
        "trazas_nodos": [
            {"nivel": "dependencia", "codigo": d, "medida": "avance", "formula": "x"}
            for d in ("SSAL", "SCUL")
        ],
    }
    tablas = {n: getattr(completo, n) for n in TABLAS}
    tablas |= {n: crear_tabla(n, filas) for n, filas in explicado.items()}
    for nombre, tabla in tablas.items():
        guardar_tabla(nombre, tabla, tmp_path / "data" / "processed" / "2025" / "T3")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    propio = abrir_corte(2025, "T3", "SSAL")
    assert list(propio.metas["codigo_meta"]) == ["1"]
    assert list(propio.indices["codigo"]) == ["SSAL"]
    assert list(propio.trazas["codigo_meta"]) == list(propio.origenes["codigo_meta"]) == ["1"]
    assert list(propio.trazas_nodos["codigo"]) == ["SSAL"]
    assert propio.resumen["codigo"] == "SSAL"
    assert propio.nombre == "Secretaría de Salud"
