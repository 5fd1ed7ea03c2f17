// Filtra a la vista lo que ya está en la página: sin servidor, sin pedir nada. Sin este guion se ve todo.
(function () {
  var forma = document.getElementById('filtros');
  if (!forma) { return; }
  var dependencia = document.getElementById('filtro-dependencia');
  var instrumento = document.getElementById('filtro-instrumento');
  var estado = document.getElementById('filtro-estado');
  var piezas = Array.prototype.slice.call(document.querySelectorAll('[data-instrumentos]'));
  var grupos = Array.prototype.slice.call(document.querySelectorAll('[data-grupo]'));
  forma.hidden = false;
  function aplicar() {
    var d = dependencia.value;
    var i = instrumento ? instrumento.value : '';
    var hay = Boolean(d || i);
    var vistas = 0;
    piezas.forEach(function (pieza) {
      var propia = pieza.getAttribute('data-dependencia') || '';
      var suyos = pieza.getAttribute('data-instrumentos').split(' ');
      var sirve = (!d || propia === d) && (!i || suyos.indexOf(i) >= 0);
      pieza.hidden = !sirve;
      if (sirve && pieza.hasAttribute('data-documento')) { vistas += 1; }
    });
    grupos.forEach(function (grupo) {
      grupo.hidden = hay && !grupo.querySelector('[data-instrumentos]:not([hidden])');
      if (grupo.tagName === 'DETAILS') { grupo.open = Boolean(d); }
    });
    estado.textContent = !hay ? '' : vistas === 1 ? 'Queda un documento a la vista.'
      : vistas === 0 ? 'Ningún documento corresponde a esos filtros.' : 'Quedan ' + vistas + ' documentos a la vista.';
  }
  dependencia.addEventListener('change', aplicar);
  if (instrumento) { instrumento.addEventListener('change', aplicar); }
  forma.addEventListener('submit', function (e) { e.preventDefault(); });
  forma.addEventListener('reset', function () { setTimeout(aplicar, 0); });
  aplicar();
})();
