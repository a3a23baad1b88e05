#!/usr/bin/env python3
"""Adds two arrays through libvmgpu with nothing but ctypes: no binding, no compiler.

Run: python3 vector_add.py [path of libvmgpu.so]   (or set VMGPU_LIBRARY)

Arguments are plain structs {uint32 kind, uint32 size, uint64 value}, so any language that can fill memory can call
kernels. The manual is include/vmgpu.h.
"""

import array
import ctypes
import os
import sys
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_size_t, c_uint32, c_uint64, c_void_p

ARG_I32, ARG_BUFFER, ARG_BUFFER_CONST = 6, 12, 13  # vmgpu_arg_kind
EXECUTED_BY = ["nobody", "the GPU", "the CPU device", "our own Python function"]

SOURCE = b"""
extern "C" __global__ void add(const float *a, const float *b, float *sum, int count) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count) sum[i] = a[i] + b[i];
}
"""


class Dim3(Structure):
    _fields_ = [("x", c_uint32), ("y", c_uint32), ("z", c_uint32)]


class Arg(Structure):
    _fields_ = [("kind", c_uint32), ("size", c_uint32), ("value", c_uint64)]


class ExecutorConfig(Structure):
    _fields_ = [("struct_size", c_size_t), ("enable_kernel_cache", c_uint32),
                ("enable_performance_monitoring", c_uint32), ("enable_cpu_fallback", c_uint32),
                ("prefer_cpu_device", c_uint32), ("max_cache_size", c_uint64), ("execution_timeout_ms", c_uint64)]


Fallback = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p, c_size_t)


class Request(Structure):
    _fields_ = [("struct_size", c_size_t), ("source", c_char_p), ("kernel_name", c_char_p),
                ("compile_options", c_void_p), ("grid", Dim3), ("block", Dim3), ("shared_memory_size", c_uint32),
                ("args", POINTER(Arg)), ("arg_count", c_size_t), ("fallback", Fallback), ("fallback_user", c_void_p),
                ("timeout_ms", c_uint64)]


class Result(Structure):
    _fields_ = [("struct_size", c_size_t), ("success", c_uint32), ("executed_on_gpu", c_uint32),
                ("executed_by", c_uint32), ("device_type", c_uint32), ("device_id", c_uint32), ("cache_hit", c_uint32),
                ("execution_time_ns", c_uint64), ("fallback_reason", c_uint32), ("status", c_uint32)]


library = ctypes.CDLL(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("VMGPU_LIBRARY", "libvmgpu.so.0"))
library.vmgpu_status_name.restype = c_char_p


def text_of(function):
    """Text out: ask for the length, then fetch."""
    length = c_size_t()
    function(None, c_size_t(0), byref(length))
    buffer = ctypes.create_string_buffer(length.value + 1)
    function(buffer, c_size_t(len(buffer)), byref(length))
    return buffer.value.decode()


def call(name, *arguments):
    """Calls a function that answers a status; any other than 0 becomes an exception with the library's text."""
    function = getattr(library, name)
    function.restype = c_uint32
    status = function(*arguments)
    if status != 0:
        raise RuntimeError(f"{library.vmgpu_status_name(status).decode()}: {text_of(library.vmgpu_last_error)}")


def initialised(struct_type, initialiser):
    value = struct_type()
    call(initialiser, byref(value), c_size_t(ctypes.sizeof(value)))
    return value


def main():
    count = 100_000
    a = array.array("f", (float(i) for i in range(count)))
    b = array.array("f", (0.5 * (i % 1000) for i in range(count)))
    size = count * 4

    manager, executor = c_void_p(), c_void_p()
    call("vmgpu_manager_create", None, byref(manager))
    config = initialised(ExecutorConfig, "vmgpu_executor_config_init")
    config.prefer_cpu_device = 1
    call("vmgpu_executor_create", manager, byref(config), byref(executor))
    buffers = [c_void_p() for _ in range(3)]
    for buffer in buffers:
        call("vmgpu_executor_buffer_create", executor, c_size_t(size), byref(buffer))
    for buffer, values in zip(buffers, (a, b)):
        call("vmgpu_buffer_write", buffer, c_size_t(0), c_void_p(values.buffer_info()[0]), c_size_t(size))

    @Fallback
    def add_in_python(_user, _error_buffer, _error_capacity):
        total = array.array("f", (x + y for x, y in zip(a, b)))
        try:
            call("vmgpu_buffer_write", buffers[2], c_size_t(0), c_void_p(total.buffer_info()[0]), c_size_t(size))
        except RuntimeError:
            return 1
        return 0

    args = (Arg * 4)(Arg(ARG_BUFFER_CONST, 8, buffers[0].value), Arg(ARG_BUFFER_CONST, 8, buffers[1].value),
                     Arg(ARG_BUFFER, 8, buffers[2].value), Arg(ARG_I32, 4, count))
    request = initialised(Request, "vmgpu_execution_request_init")
    request.source = SOURCE
    request.kernel_name = b"add"
    request.grid = Dim3((count + 255) // 256, 1, 1)
    request.block = Dim3(256, 1, 1)
    request.args = args
    request.arg_count = len(args)
    request.fallback = add_in_python
    result = initialised(Result, "vmgpu_execution_result_init")
    call("vmgpu_executor_execute", executor, byref(request), byref(result))

    total = array.array("f", bytes(size))
    call("vmgpu_buffer_read", buffers[2], c_size_t(0), c_void_p(total.buffer_info()[0]), c_size_t(size))
    wrong = sum(1 for x, y, z in zip(a, b, total) if z != x + y)
    print(f"{count} sums by {EXECUTED_BY[result.executed_by]}, {wrong} wrong")
    print(text_of(library.vmgpu_last_report), end="")

    for buffer in buffers:
        call("vmgpu_buffer_destroy", buffer)
    call("vmgpu_executor_destroy", executor)
    call("vmgpu_manager_destroy", manager)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
