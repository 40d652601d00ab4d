# ruff: noqa: F401, F403
"""pypika as `frappe.qb` uses it: values become parameters, tables are named by DocType."""

import pypika.queries
import pypika.terms
from pypika import *
from pypika import Field, Order
from pypika.utils import ignore_copy

from frappe.query_builder.terms import ParameterizedFunction, ParameterizedValueWrapper
from frappe.query_builder.utils import Column, DocType, Table, get_query, patch_query_execute

pypika.terms.ValueWrapper = ParameterizedValueWrapper
pypika.terms.Function = ParameterizedFunction
pypika.queries.Selectable.__getattr__ = ignore_copy(lambda table, name: Field(name, table=table))
pypika.queries.Selectable.__getitem__ = ignore_copy(lambda table, name: Field(name, table=table))
pypika.queries.Selectable.field = pypika.terms.PseudoColumn("field")

patch_query_execute()
