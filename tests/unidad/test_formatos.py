"""Los formatos son datos: se cargan, se validan y sus errores dicen cómo remediarlos."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errores import ErrorConfiguracion
from pipeline.formatos import avisar, cargar_formato, clave, nombres_de_formatos, reglas_de_lectura
from pipeline.formatos.definicion import campos_de_tabla
from pipeline.modelo import Severidad

MINIMO = """\
nombre: propio_de_prueba
tabla: registros_pi
descripcion: Formato mínimo
hoja: Datos
columnas:
  - {campo: codigo_meta, alias: [Código], requerida: true}
"""


def escribir(carpeta: Path, contenido: str, nombre: str = "propio_de_prueba") -> Path:
    (carpeta / f"{nombre}.yml").write_text(contenido, encoding="utf-8")
    return carpeta


@pytest.mark.parametrize("nombre", nombres_de_formatos())
def test_cada_formato_del_paquete_es_valido_y_se_llama_como_su_archivo(nombre: str) -> None:
    assert cargar_formato(nombre).nombre == nombre


def test_el_paquete_trae_los_cinco_formatos_del_plan_indicativo() -> None:
    esperados = {"pi_propio", "pi_tenjo", "plan_propio", "plan_sispt", "plan_tenjo"}
    assert esperados <= set(nombres_de_formatos())


def test_un_formato_desconocido_sugiere_el_mas_parecido() -> None:
    with pytest.raises(ErrorConfiguracion, match="¿Quiso decir «plan_sispt»?"):
        cargar_formato("plan_sipst")


def test_una_clave_desconocida_sugiere_la_valida(tmp_path: Path) -> None:
    carpeta = escribir(tmp_path, MINIMO.replace("requerida", "requerido"))
    with pytest.raises(ErrorConfiguracion, match="clave desconocida .*requerido.*¿Quiso decir «requerida»?"):
        cargar_formato("propio_de_prueba", carpeta)


def test_un_campo_que_la_tabla_no_tiene_sugiere_el_parecido(tmp_path: Path) -> None:
    carpeta = escribir(tmp_path, MINIMO + "  - {campo: ejecutado_vigecia, alias: [Ejecutado]}\n")
    with pytest.raises(ErrorConfiguracion, match="ejecutado_vigecia.*¿Quiso decir «ejecutado_vigencia»?"):
        cargar_formato("propio_de_prueba", carpeta)


def test_un_campo_definido_dos_veces_para_la_misma_vigencia_es_un_error(tmp_path: Path) -> None:
    carpeta = escribir(tmp_path, MINIMO + "  - {campo: codigo_meta, alias: [Otro código]}\n")
    with pytest.raises(ErrorConfiguracion, match="se define dos veces"):
        cargar_formato("propio_de_prueba", carpeta)


def test_un_formato_sin_codigo_de_meta_es_un_error(tmp_path: Path) -> None:
    carpeta = escribir(tmp_path, MINIMO.replace("codigo_meta", "unidad"))
    with pytest.raises(ErrorConfiguracion, match="codigo_meta"):
        cargar_formato("propio_de_prueba", carpeta)


@pytest.mark.parametrize("patron", ["(sin cerrar", "sin grupo", "(dos)(grupos)"])
def test_una_expresion_para_extraer_sin_exactamente_un_grupo_es_un_error(tmp_path: Path, patron: str) -> None:
    carpeta = escribir(tmp_path, MINIMO + f"  - {{campo: unidad, alias: [U], extraer: '{patron}'}}\n")
    with pytest.raises(ErrorConfiguracion, match="extraer"):
        cargar_formato("propio_de_prueba", carpeta)


def test_un_yaml_mal_escrito_nombra_el_archivo(tmp_path: Path) -> None:
    with pytest.raises(ErrorConfiguracion, match="propio_de_prueba.yml: YAML mal escrito"):
        cargar_formato("propio_de_prueba", escribir(tmp_path, "nombre: [sin cerrar"))


def test_un_yaml_que_no_es_un_formato_es_un_error_y_no_una_traza(tmp_path: Path) -> None:
    with pytest.raises(ErrorConfiguracion):
        cargar_formato("propio_de_prueba", escribir(tmp_path, "- solo\n- una lista\n"))


def test_el_formato_de_la_entidad_reemplaza_al_del_paquete(tmp_path: Path) -> None:
    carpeta = escribir(tmp_path, MINIMO.replace("propio_de_prueba", "pi_propio"), "pi_propio")
    assert cargar_formato("pi_propio", carpeta).descripcion == "Formato mínimo"
    assert cargar_formato("pi_propio").descripcion != "Formato mínimo"


def test_la_clase_de_una_columna_se_deduce_de_su_campo() -> None:
    clases = {c.campo: c.clase for c in cargar_formato("pi_tenjo").columnas}
    assert clases["compromisos_cop"] == "dinero"
    assert clases["ejecutado_vigencia"] == "numero"
    assert clases["avance_declarado"] == "razon"
    assert clases["codigo_producto"] == "codigo"
    assert clases["responsable"] == "texto"


def test_la_dependencia_de_un_reporte_no_sale_del_libro() -> None:
    assert "dependencia" not in campos_de_tabla("registros_pi")
    assert "dependencia" in campos_de_tabla("plan")


def test_todo_aviso_dice_que_pasa_por_que_y_que_hacer() -> None:
    for regla, textos in reglas_de_lectura().items():
        assert regla.startswith(("LEC-", "LIB-", "LIM-", "COR-", "CAT-", "FOR-"))
        assert textos.alcance in {"libro", "fila"}
        assert all([textos.titulo, textos.mensaje, textos.porque, textos.accion])


def test_una_severidad_dada_reemplaza_la_de_la_regla() -> None:
    hallazgo = avisar(
        "LIM-02", instrumento="pi", marcadores={"valor": "5 (aprox.)"}, severidad=Severidad.BLOQUEA
    )
    assert hallazgo.severidad is Severidad.BLOQUEA
    assert "«5 (aprox.)»" in hallazgo.mensaje


@pytest.mark.parametrize(
    ("uno", "otro"),
    [
        ("T.4 EJECUTADO 2024", "T4 Ejecutado 2024"),
        ("Indicador de Producto(MGA)", "Indicador de Producto (MGA)"),
        ("Código_x000D_ de\xa0meta", "CODIGO DE META"),
    ],
)
def test_dos_rotulos_que_solo_difieren_en_la_escritura_son_el_mismo(uno: str, otro: str) -> None:
    assert clave(uno) == clave(otro)


def test_el_signo_de_porcentaje_distingue_dos_rotulos() -> None:
    assert clave("% TOTAL PLANEADO 2024") != clave("TOTAL PLANEADO 2024")
