# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The messages of a quote as bytes: baskets are read from them and answers written to them, without the library.

The reader takes one encoding of a message, the canonical one: fields by number, none twice, no default written out,
nothing unknown. All serialisers in use write that. Anything else is None here; whoever asks lets the protobuf library
read it and write it canonically, so that what bytes mean is the library's to say. The writer writes the canonical
encoding. Formats: protos/tillgate/type/v1 and QuoteRequest, QuoteResponse of protos/tillgate/pos/v1.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.object cimport PyObject
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memchr, memcpy

include "_wire_read.pxi"
include "_wire_write.pxi"
