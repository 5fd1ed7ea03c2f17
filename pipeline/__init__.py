"""Seguimiento al Plan de Desarrollo Municipal según el procedimiento PRO-PET-07."""
