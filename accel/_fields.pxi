# Where the structs of tillgate.core keep their fields. Only instances of exactly these types are read so.

from cpython.object cimport PyObject
from tillgate.core.basket import Basket, Certificate, Customer, Line, Payment

cdef extern from "_fields.h":
    Py_ssize_t tg_offset(object type, const char *name) except -1
    PyObject *tg_field(PyObject *whole, Py_ssize_t offset) noexcept nogil

cdef object _Basket = Basket, _Line = Line, _Customer = Customer, _Payment = Payment, _Certificate = Certificate

cdef Py_ssize_t BASKET_LINES = tg_offset(Basket, "lines")
cdef Py_ssize_t BASKET_TIME = tg_offset(Basket, "time")
cdef Py_ssize_t BASKET_STORE = tg_offset(Basket, "store")
cdef Py_ssize_t BASKET_CHANNEL = tg_offset(Basket, "channel")
cdef Py_ssize_t BASKET_COUPONS = tg_offset(Basket, "coupons")
cdef Py_ssize_t BASKET_PAYMENTS = tg_offset(Basket, "payments")
cdef Py_ssize_t BASKET_CERTIFICATES = tg_offset(Basket, "certificates")
cdef Py_ssize_t BASKET_REDEEM_POINTS = tg_offset(Basket, "redeem_points")
cdef Py_ssize_t BASKET_REDEEM_MAX = tg_offset(Basket, "redeem_max")
cdef Py_ssize_t BASKET_CUSTOMER = tg_offset(Basket, "customer")
cdef Py_ssize_t LINE_ID = tg_offset(Line, "id")
cdef Py_ssize_t LINE_SKU = tg_offset(Line, "sku")
cdef Py_ssize_t LINE_QUANTITY = tg_offset(Line, "quantity_milli")
cdef Py_ssize_t LINE_PRICE = tg_offset(Line, "unit_price_minor")
cdef Py_ssize_t LINE_CATEGORIES = tg_offset(Line, "categories")
cdef Py_ssize_t LINE_BRAND = tg_offset(Line, "brand")
cdef Py_ssize_t LINE_TAGS = tg_offset(Line, "tags")
cdef Py_ssize_t LINE_FLOOR = tg_offset(Line, "min_unit_price_minor")
cdef Py_ssize_t LINE_REGULATED = tg_offset(Line, "regulated")
cdef Py_ssize_t LINE_LITRES = tg_offset(Line, "litres_milli")
cdef Py_ssize_t LINE_DISCOUNTABLE = tg_offset(Line, "discountable")
cdef Py_ssize_t LINE_REDEEMABLE = tg_offset(Line, "redeemable")
cdef Py_ssize_t LINE_EARNABLE = tg_offset(Line, "earnable")
cdef Py_ssize_t LINE_REGULAR_PRICE = tg_offset(Line, "regular_price")
cdef Py_ssize_t LINE_MARKED = tg_offset(Line, "marked")


cdef inline object field(object whole, Py_ssize_t offset):
    return <object>tg_field(<PyObject *>whole, offset)


cdef inline int64_t number(object whole, Py_ssize_t offset) except? -1:
    return <int64_t>field(whole, offset)


cdef inline bint flag(object whole, Py_ssize_t offset) except -1:
    cdef object found = field(whole, offset)
    return True if found is True else bool(found)


cdef inline tuple names(object whole, Py_ssize_t offset):
    cdef object found = field(whole, offset)
    if type(found) is not tuple:
        raise TypeError("a tuple is expected")
    return <tuple>found


cdef inline str text(object whole, Py_ssize_t offset):
    cdef object found = field(whole, offset)
    if type(found) is not str:
        raise TypeError("a text is expected")
    return <str>found
