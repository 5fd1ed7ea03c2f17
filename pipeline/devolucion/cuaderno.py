"""El índice del libro (`workbook.xml`): sus hojas en orden, agregar al comienzo y quitar las nuestras."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from pipeline.devolucion.celdas import aplicar, levantar_plano, quitar_seleccion
from pipeline.devolucion.empalme import Cambio, Elemento, agregar_hijos, con_atributos, empalmar, ubicar
from pipeline.devolucion.paquete import RELACION, Paquete
from pipeline.errores import ErrorLibro

LIBRO = "xl/workbook.xml"
TIPO_HOJA = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
# Nombre oculto con que se reconoce un libro ya marcado, aunque Excel lo haya reescrito.
MARCA = "_correcciones_del_seguimiento"


class Indice:
    """Hojas del libro y las operaciones que conservan lo que las nombra por su posición."""

    def __init__(self, paquete: Paquete) -> None:
        self._paquete = paquete
        if b"purl.oclc.org/ooxml" in paquete.leer(LIBRO)[:4000]:
            raise ErrorLibro("está en la variante «Strict Open XML», que no se puede marcar", hoja=LIBRO)
        self._releer()
        self.venia_marcado = any(e.atributos.get("name") == MARCA for e in self._hijos("definedNames"))

    def _releer(self) -> None:
        self._xml = self._paquete.leer(LIBRO)
        self._prefijo, self._elementos = ubicar(self._xml, lambda c: len(c) in (2, 3), parte=LIBRO)
        self._relaciones = self._paquete.relaciones(LIBRO)
        self._hojas = self._hijos("sheets")
        if not self._hojas:
            raise ErrorLibro("el libro no tiene hojas", hoja=LIBRO)

    def _hijos(self, lista: str) -> list[Elemento]:
        return [e for e in self._elementos if len(e.camino) == 3 and e.camino[1] == lista]

    def hojas(self) -> list[tuple[str, str]]:
        """Nombre y parte de cada hoja de celdas, en orden."""
        return [
            (hoja.atributos["name"], parte)
            for hoja in self._hojas
            for tipo, parte in [self._relaciones.get(_id(hoja), ("", ""))]
            if tipo == "worksheet"
        ]

    def parte_de_estilos(self) -> str:
        """Dónde están los estilos; ErrorLibro si el libro no tiene."""
        for tipo, parte in self._relaciones.values():
            if tipo == "styles":
                return parte
        raise ErrorLibro("el libro no tiene hoja de estilos", hoja=LIBRO)

    def retirar_hojas(self, nombres: set[str]) -> None:
        """Quita las hojas con esos nombres si las puso este sistema en una devolución anterior."""
        if not self.venia_marcado:
            return
        cambios: list[Cambio] = []
        posiciones: dict[int, int | None] = {}
        for posicion, hoja in enumerate(self._hojas):
            quitar = hoja.atributos["name"] in nombres
            posiciones[posicion] = None if quitar else posicion - sum(v is None for v in posiciones.values())
            if quitar:
                cambios.append(Cambio(inicio=hoja.inicio, fin=hoja.fin, nuevo=b""))
                self._retirar_parte(_id(hoja))
        self._guardar([*cambios, *self._renumerar(posiciones)])

    def anteponer_hojas(self, hojas: Sequence[tuple[str, bytes]]) -> None:
        """Pone las hojas (nombre, XML) al comienzo, con la primera a la vista."""
        self._quitar_seleccion()
        usados = {h.atributos["name"].casefold() for h in self._hojas}
        siguiente = max(int(h.atributos.get("sheetId", 0)) for h in self._hojas) + 1
        nuevas = ""
        for numero, (nombre, xml) in enumerate(hojas):
            parte = self._paquete.nombre_libre("xl/worksheets/seguimiento{}.xml")
            self._paquete.poner(parte, xml)
            self._paquete.declarar("Override", "PartName", f"/{parte}", TIPO_HOJA)
            identificador = self._paquete.relacionar(LIBRO, "worksheet", parte)
            nuevas += (
                f"<{self._prefijo}sheet name={quoteattr(_libre(nombre, usados))} "
                f'sheetId="{siguiente + numero}" xmlns:r="{RELACION}" r:id="{identificador}"/>'
            )
        primera = self._hojas[0].inicio
        posiciones: dict[int, int | None] = {n: n + len(hojas) for n in range(len(self._hojas))}
        cambios = [Cambio(inicio=primera, fin=primera, nuevo=nuevas.encode()), *self._renumerar(posiciones)]
        self._guardar([*cambios, *self._mostrar_primera(), *self._poner_marca()])

    def _quitar_seleccion(self) -> None:
        for _, parte in self.hojas():
            xml = self._paquete.leer(parte)
            if b"tabSelected" in xml:
                plano = levantar_plano(xml, parte)
                self._paquete.poner(parte, aplicar(plano, quitar_seleccion(plano)))

    def _renumerar(self, posiciones: dict[int, int | None]) -> list[Cambio]:
        """Los nombres propios de una hoja (áreas de impresión, filtros) la citan por su posición."""
        cambios = []
        for nombre in self._hijos("definedNames"):
            if "localSheetId" not in nombre.atributos:
                continue
            nueva = posiciones.get(int(nombre.atributos["localSheetId"]))
            if nueva is None:
                cambios.append(Cambio(inicio=nombre.inicio, fin=nombre.fin, nuevo=b""))
                continue
            apertura = con_atributos(self._xml[nombre.inicio : nombre.fin_apertura], localSheetId=str(nueva))
            cambios.append(Cambio(inicio=nombre.inicio, fin=nombre.fin_apertura, nuevo=apertura))
        return cambios

    def _mostrar_primera(self) -> list[Cambio]:
        return [
            Cambio(
                inicio=v.inicio,
                fin=v.fin_apertura,
                nuevo=con_atributos(self._xml[v.inicio : v.fin_apertura], activeTab="0", firstSheet="0"),
            )
            for v in self._hijos("bookViews")
        ]

    def _poner_marca(self) -> list[Cambio]:
        if self.venia_marcado:
            return []
        p = self._prefijo
        marca = f'<{p}definedName name="{MARCA}" hidden="1">1</{p}definedName>'
        lista = next((e for e in self._elementos if e.camino[1:] == ("definedNames",)), None)
        if lista is not None and lista.esta_vacio:
            return [agregar_hijos(self._xml, lista, p, marca.encode())]
        if lista is not None:  # van en orden alfabético y «_» precede a las letras
            return [Cambio(inicio=lista.fin_apertura, fin=lista.fin_apertura, nuevo=marca.encode())]
        antes = {"sheets", "functionGroups", "externalReferences"}
        en = max(e.fin for e in self._elementos if len(e.camino) == 2 and e.camino[1] in antes)
        return [Cambio(inicio=en, fin=en, nuevo=f"<{p}definedNames>{marca}</{p}definedNames>".encode())]

    def _retirar_parte(self, identificador: str) -> None:
        parte = self._relaciones.get(identificador, ("", ""))[1]
        if parte:
            self._paquete.olvidar_relacion(LIBRO, identificador)
            self._paquete.retirar_declaracion(parte)
            self._paquete.retirar(parte)

    def _guardar(self, cambios: Sequence[Cambio]) -> None:
        self._paquete.poner(LIBRO, empalmar(self._xml, cambios))
        self._releer()


def _id(hoja: Elemento) -> str:
    """El identificador de relación de una hoja, sea cual sea el prefijo con que lo escriba el libro."""
    return next((valor for nombre, valor in hoja.atributos.items() if nombre.endswith(":id")), "")


def _libre(nombre: str, usados: set[str]) -> str:
    """El nombre, con un número si otra hoja ya lo usa."""
    candidato, numero = nombre, 2
    while candidato.casefold() in usados:
        candidato, numero = f"{nombre} ({numero})", numero + 1
    usados.add(candidato.casefold())
    return candidato
