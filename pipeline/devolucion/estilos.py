"""Los estilos de un libro (`styles.xml`): copiar el de una celda con otro fondo y agregar los propios."""

from __future__ import annotations

import re
from collections.abc import Collection

from pipeline.devolucion.empalme import Cambio, Elemento, agregar_hijos, con_atributos, empalmar, ubicar
from pipeline.errores import ErrorLibro

PARTE = "xl/styles.xml"
TINTA = "FF1F1F1F"
LISTAS = ("fonts", "fills", "borders", "cellXfs")
_APERTURA = re.compile(rb"<[^>]*>")
_COLOR = re.compile(rb"<(?:\w+:)?color\b[^<>]*/>")
_DESPUES_DEL_COLOR = re.compile(rb"<(?:\w+:)?(?:name|family|charset|scheme)\b|</(?:\w+:)?font>")
_FONDO = re.compile(rb"<(?:\w+:)?fgColor\b([^<>]*?)/?>")
_FONDO_ANOTADO = re.compile(rb"<(?:\w+:)?bgColor\b([^<>]*?)/?>")
_NADA = 'indexed="64"'
_ETIQUETA = re.compile(r"<(/?)(\w)")


class HojaDeEstilos:
    """Los estilos del libro y los que se le agregan al final; los que había no cambian de número."""

    def __init__(self, xml: bytes) -> None:
        self._xml = xml
        self._prefijo, elementos = ubicar(xml, lambda c: len(c) in (2, 3), parte=PARTE)
        self._listas: dict[str, Elemento] = {}
        self._hijos: dict[str, list[bytes]] = {nombre: [] for nombre in LISTAS}
        for elemento in elementos:
            if len(elemento.camino) == 2:
                self._listas[elemento.camino[1]] = elemento
            elif elemento.camino[1] in self._hijos:
                self._hijos[elemento.camino[1]].append(xml[elemento.inicio : elemento.fin])
        if faltan := [nombre for nombre in LISTAS if not self._hijos[nombre]]:
            raise ErrorLibro(f"los estilos del libro no traen {', '.join(faltan)}", hoja=PARTE)
        self._originales = {nombre: len(hijos) for nombre, hijos in self._hijos.items()}
        self._copias: dict[tuple[int, str], int] = {}

    def con_fondo(self, estilo: int, fondo: str) -> int:
        """Número del estilo igual a `estilo` con fondo `fondo` (RRGGBB) y letra oscura.

        El fondo que tenía queda anotado en el relleno, donde no se ve, para poder devolverlo.
        """
        if (estilo, fondo) not in self._copias:
            previo = self._color(estilo, _FONDO)
            cambios = {
                "fillId": self._fondo(f'rgb="FF{fondo}"', previo or _NADA),
                "fontId": self._letra_oscura(estilo),
            }
            self._copias[estilo, fondo] = self._copiar(estilo, cambios, applyFill="1", applyFont="1")
        return self._copias[estilo, fondo]

    def sin_marca(self, estilo: int, fondos: Collection[str], *, anotado: bool) -> int:
        """El estilo con el fondo que tenía antes de marcarlo; el mismo si su fondo no es de los nuestros.

        Sin `anotado` (el libro lo guardó un programa que no conserva la anotación) queda sin fondo.
        """
        actual = self._color(estilo, _FONDO) or ""
        if not any(f'"FF{fondo}"' in actual for fondo in fondos):
            return estilo
        if (estilo, "") not in self._copias:
            previo = self._color(estilo, _FONDO_ANOTADO) if anotado else None
            sin_fondo = previo is None or "indexed" in previo
            cambios = {"fillId": 0 if sin_fondo else self._fondo(previo or "", _NADA)}
            self._copias[estilo, ""] = self._copiar(estilo, cambios)
        return self._copias[estilo, ""]

    def propio(self, *, letra: str = "", fondo: str = "", borde: bool = False, alineacion: str = "") -> int:
        """Número de un estilo para las hojas que se agregan.

        `letra` son elementos XML de la fuente, antes de su tamaño y su nombre; `alineacion`, atributos.
        """
        id_fuente = self._agregar("fonts", f'<font>{letra}<name val="Calibri"/><family val="2"/></font>')
        id_fondo = self._fondo(f'rgb="FF{fondo}"', _NADA) if fondo else 0
        lado = '{0} style="thin"><color rgb="FFBFBFBF"/></{0}>'
        lados = "".join("<" + lado.format(n) for n in ("left", "right", "top", "bottom"))
        id_borde = self._agregar("borders", f"<border>{lados}<diagonal/></border>") if borde else 0
        return self._agregar(
            "cellXfs",
            f'<xf numFmtId="0" fontId="{id_fuente}" fillId="{id_fondo}" borderId="{id_borde}" xfId="0" '
            'quotePrefix="1" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1">'
            f'<alignment vertical="top" {alineacion}/></xf>',
        )

    def xml(self) -> bytes:
        """El `styles.xml` con lo agregado."""
        cambios = []
        for nombre, hijos in self._hijos.items():
            lista, nuevos = self._listas[nombre], hijos[self._originales[nombre] :]
            if nuevos:
                apertura = self._xml[lista.inicio : lista.fin_apertura]
                contada = con_atributos(apertura, count=str(len(hijos)))
                cambios.append(Cambio(inicio=lista.inicio, fin=lista.fin_apertura, nuevo=contada))
                cambios.append(agregar_hijos(self._xml, lista, self._prefijo, b"".join(nuevos)))
        return empalmar(self._xml, cambios)

    def _copiar(self, estilo: int, numeros: dict[str, int], **atributos: str) -> int:
        original = self._hijo("cellXfs", estilo)
        apertura = _primera_etiqueta(original)
        textos = {nombre: str(numero) for nombre, numero in numeros.items()}
        return self._agregar(
            "cellXfs", con_atributos(apertura, **textos, **atributos) + original[len(apertura) :]
        )

    def _letra_oscura(self, estilo: int) -> int:
        """La misma letra en tinta: una blanca sobre fondo oscuro no se leería sobre la marca."""
        fuente = self._hijo("fonts", self._indice(estilo, "fontId"))
        color = _con_prefijo(f'<color rgb="{TINTA}"/>', self._prefijo)
        if _COLOR.search(fuente):
            oscura = _COLOR.sub(lambda _: color, fuente)
        elif lugar := _DESPUES_DEL_COLOR.search(fuente):
            oscura = fuente[: lugar.start()] + color + fuente[lugar.start() :]
        else:  # <font/>, sin nada adentro
            oscura = _con_prefijo(f'<font><color rgb="{TINTA}"/></font>', self._prefijo)
        return self._agregar("fonts", oscura)

    def _fondo(self, color: str, anotado: str) -> int:
        colores = f"<fgColor {color}/><bgColor {anotado}/>"
        return self._agregar(
            "fills", f'<fill><patternFill patternType="solid">{colores}</patternFill></fill>'
        )

    def _color(self, estilo: int, patron: re.Pattern[bytes]) -> str | None:
        """Atributos del color del relleno sólido de un estilo; None si no tiene relleno sólido."""
        relleno = self._hijo("fills", self._indice(estilo, "fillId"))
        hallado = patron.search(relleno) if b"solid" in relleno else None
        return hallado[1].decode().strip() if hallado else None

    def _indice(self, estilo: int, atributo: str) -> int:
        hallado = re.search(
            rf'\b{atributo}\s*=\s*["\'](\d+)'.encode(), _primera_etiqueta(self._hijo("cellXfs", estilo))
        )
        return int(hallado[1]) if hallado else 0

    def _hijo(self, lista: str, indice: int) -> bytes:
        hijos = self._hijos[lista]
        return hijos[indice] if indice < len(hijos) else hijos[0]

    def _agregar(self, lista: str, hijo: str | bytes) -> int:
        """Posición del hijo en su lista; si ya está entre los agregados, la misma."""
        escrito = _con_prefijo(hijo, self._prefijo) if isinstance(hijo, str) else hijo
        hijos = self._hijos[lista]
        if escrito not in hijos[self._originales[lista] :]:
            hijos.append(escrito)
        return hijos.index(escrito, self._originales[lista])


def _primera_etiqueta(elemento: bytes) -> bytes:
    hallada = _APERTURA.match(elemento)
    return hallada[0] if hallada else elemento


def _con_prefijo(xml: str, prefijo: str) -> bytes:
    return _ETIQUETA.sub(rf"<\1{prefijo}\2", xml).encode()
