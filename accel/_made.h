/* Frozen structs made as msgspec makes them, their fields put where they stand: a fifth of what calling the type costs. */
#ifndef TILLGATE_MADE_H
#define TILLGATE_MADE_H

#include "_fields.h"

enum { TG_FIELDS_MAX = 16 };

/* A struct type and where its fields stand, in their order. */
typedef struct {
    PyTypeObject *type;
    Py_ssize_t offsets[TG_FIELDS_MAX];
} tg_shape;

/* Takes the type's shape. `names` are all of its fields in order, so that none is left empty later. */
static int tg_shape_of(tg_shape *shape, PyObject *type, PyObject *names) {
    PyObject *fields = PyObject_GetAttrString(type, "__struct_fields__");
    int same = fields ? PyObject_RichCompareBool(fields, names, Py_EQ) : -1;
    Py_XDECREF(fields);
    if (same < 0) return -1;
    if (!same || PyTuple_GET_SIZE(names) > TG_FIELDS_MAX) {
        PyErr_Format(PyExc_TypeError, "%R has other fields than %R", type, names);
        return -1;
    }
    shape->type = (PyTypeObject *)Py_NewRef(type);
    for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(names); k++) {
        const char *name = PyUnicode_AsUTF8(PyTuple_GET_ITEM(names, k));
        if (!name || (shape->offsets[k] = tg_offset(type, name)) < 0) return -1;
    }
    return 0;
}

/* A new struct with empty fields, or NULL. All of them are to be put before anybody sees it. */
static inline PyObject *tg_new(const tg_shape *shape) {
    return PyType_GenericAlloc(shape->type, 0);
}

/* Puts a field, once; keeps a reference of its own. */
static inline void tg_put(PyObject *whole, const tg_shape *shape, int field, PyObject *value) {
    *(PyObject **)((char *)whole + shape->offsets[field]) = Py_NewRef(value);
}

#endif
