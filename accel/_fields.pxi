# Where the structs of tillgate.core keep their fields. Only instances of exactly these types are read so.

from cpython.object cimport PyObject
from tillgate.core.basket import Basket, Certificate, Customer, Line, Payment

cdef extern from "_fields.h":
    Py_ssize_t tg_offset(object type, const char *name) except -1
    PyObject *tg_field(PyObject *whole, Py_ssize_t offset) noexcept nogil
    int64_t number "tg_field_number"(object whole, Py_ssize_t offset) except? -1
    int flag "tg_field_flag"(object whole, Py_ssize_t offset) except -1

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
cdef Py_ssize_t BASKET_USES = tg_offset(Basket, "uses")
cdef Py_ssize_t BASKET_CURRENCY = tg_offset(Basket, "currency")
cdef Py_ssize_t PAYMENT_TYPE = tg_offset(Payment, "type")
cdef Py_ssize_t CERTIFICATE_AMOUNT = tg_offset(Certificate, "amount_minor")
cdef Py_ssize_t CUSTOMER_TIER = tg_offset(Customer, "tier")
cdef Py_ssize_t CUSTOMER_SEGMENTS = tg_offset(Customer, "segments")
cdef Py_ssize_t CUSTOMER_POINTS = tg_offset(Customer, "points")
cdef Py_ssize_t CUSTOMER_TURNOVER = tg_offset(Customer, "turnover_minor")
cdef Py_ssize_t CUSTOMER_PURCHASES = tg_offset(Customer, "purchases")
cdef Py_ssize_t CUSTOMER_LAST = tg_offset(Customer, "last_purchase")
cdef Py_ssize_t CUSTOMER_REGISTERED = tg_offset(Customer, "registered")
cdef Py_ssize_t CUSTOMER_BIRTHDAY = tg_offset(Customer, "birthday")
cdef Py_ssize_t CUSTOMER_CARD_KIND = tg_offset(Customer, "card_kind")
cdef Py_ssize_t CUSTOMER_ATTRIBUTES = tg_offset(Customer, "attributes")
cdef Py_ssize_t CUSTOMER_USES = tg_offset(Customer, "uses")
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


cdef inline tuple names(object whole, Py_ssize_t offset):
    cdef object found = field(whole, offset)
    if type(found) is not tuple:
        raise TypeError("a tuple is expected")
    return <tuple>found


cdef inline dict members(object whole, Py_ssize_t offset):
    cdef object found = field(whole, offset)
    if type(found) is not dict:
        raise TypeError("a mapping is expected")
    return <dict>found


cdef inline int of_type(object one, object kind) except -1:
    if type(one) is not kind:
        raise TypeError(f"{kind.__name__} is expected")
    return 0


cdef inline str text(object whole, Py_ssize_t offset):
    cdef object found = field(whole, offset)
    if type(found) is not str:
        raise TypeError("a text is expected")
    return <str>found
