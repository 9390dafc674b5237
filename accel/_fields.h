/* Fields of frozen structs, read where they stand in the object: a fifteenth of what asking by name costs. */
#ifndef TILLGATE_FIELDS_H
#define TILLGATE_FIELDS_H

#include <Python.h>
#include <structmember.h>

/* Where instances of `type` (itself, not its children) keep a field; -1 with TypeError when they do not. */
static Py_ssize_t tg_offset(PyObject *type, const char *name) {
    PyObject *found = PyObject_GetAttrString(type, name);
    if (!found) return -1;
    Py_ssize_t offset = -1;
    if (Py_IS_TYPE(found, &PyMemberDescr_Type)) {
        PyMemberDef *member = ((PyMemberDescrObject *)found)->d_member;
        if (member->type == T_OBJECT_EX) offset = member->offset;
    }
    Py_DECREF(found);
    if (offset < 0) PyErr_Format(PyExc_TypeError, "%R keeps no field %s", type, name);
    return offset;
}

/* Borrowed; never NULL: structs are made whole and are frozen. */
static inline PyObject *tg_field(PyObject *whole, Py_ssize_t offset) {
    return *(PyObject **)((char *)whole + offset);
}

/* A whole number that fits; -1 with an exception when it does not, or is none. */
static inline long long tg_field_number(PyObject *whole, Py_ssize_t offset) {
    return PyLong_AsLongLong(tg_field(whole, offset));
}

/* Whether a field is true; -1 with an exception when it does not say. */
static inline int tg_field_flag(PyObject *whole, Py_ssize_t offset) {
    PyObject *found = tg_field(whole, offset);
    return found == Py_True ? 1 : found == Py_False ? 0 : PyObject_IsTrue(found);
}

#endif
