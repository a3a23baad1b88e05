/*
 * vmgpu_loader.h - use libvmgpu without linking it: the library is opened at run time, and a program starts without it.
 *
 * In exactly one source file of the program:
 *
 *     #define VMGPU_LOADER_IMPLEMENTATION
 *     #include <vmgpu_loader.h>
 *
 * In the others only the #include. Then, before anything else:
 *
 *     char why[1000];
 *     if (vmgpu_loader_open(NULL, why, sizeof why) != VMGPU_LOADER_OK) { puts(why); ... go on without ... }
 *     vmgpu_loader_table.manager_create(NULL, &manager);
 *
 * With `#define VMGPU_LOADER_NAMES` before the #include, code is written with the very names of the linked API:
 * `vmgpu_manager_create(NULL, &manager)` calls through the table. Types, macros and the manual are those of vmgpu.h.
 *
 * C99 or C++11, POSIX or Windows; link with -ldl where dlopen is not in the C library. The lists of functions below are
 * kept in step with vmgpu.h by tests/header.rs (VMGPU_BLESS=1 rewrites them).
 */
#ifndef VMGPU_LOADER_H
#define VMGPU_LOADER_H

#include "vmgpu.h"

/* Answers of vmgpu_loader_open(). */
#define VMGPU_LOADER_OK 0
/* No library was found; the text lists every name that was tried and what the system said. */
#define VMGPU_LOADER_NOT_FOUND 1
/* The library lacks functions, which the text lists: it is older than this header. Their entries in the table are NULL. */
#define VMGPU_LOADER_INCOMPLETE 2

/* X(result, name without vmgpu_, parameters) for every function of vmgpu.h. */
#define VMGPU_LOADER_FUNCTIONS(X) \
    /* BEGIN FUNCTIONS */ \
    X(const char *, status_name, (uint32_t status)) \
    X(uint32_t, version, (void)) \
    X(vmgpu_status, last_error, (char *buffer, size_t capacity, size_t *out_length)) \
    X(vmgpu_status, set_log, (vmgpu_log_fn log_fn, void *user, uint32_t min_level)) \
    X(vmgpu_status, manager_options_init, (vmgpu_manager_options *options, size_t size)) \
    X(vmgpu_status, manager_create, (const vmgpu_manager_options *options, vmgpu_manager **out_manager)) \
    X(bool, manager_has_gpu, (const vmgpu_manager *manager)) \
    X(size_t, manager_device_count, (const vmgpu_manager *manager)) \
    X(vmgpu_status, manager_device, (const vmgpu_manager *manager, size_t index, vmgpu_device **out_device)) \
    X(vmgpu_status, manager_default_device, (const vmgpu_manager *manager, vmgpu_device **out_device)) \
    X(vmgpu_status, manager_explain, (const vmgpu_manager *manager, char *buffer, size_t capacity, size_t *out_length)) \
    X(vmgpu_status, manager_destroy, (vmgpu_manager *manager)) \
    X(vmgpu_status, device_info_init, (vmgpu_device_info *info, size_t size)) \
    X(vmgpu_status, device_get_info, (const vmgpu_device *device, vmgpu_device_info *out_info)) \
    X(bool, device_is_available, (const vmgpu_device *device)) \
    X(vmgpu_status, device_synchronize, (vmgpu_device *device)) \
    X(vmgpu_status, device_wait, (vmgpu_device *device, uint64_t timeout_ms)) \
    X(vmgpu_status, device_destroy, (vmgpu_device *device)) \
    X(vmgpu_status, buffer_create, (vmgpu_device *device, size_t size, vmgpu_buffer **out_buffer)) \
    X(size_t, buffer_size, (const vmgpu_buffer *buffer)) \
    X(uint64_t, buffer_device_pointer, (const vmgpu_buffer *buffer)) \
    X(vmgpu_status, buffer_write, (vmgpu_buffer *buffer, size_t offset, const void *src, size_t size)) \
    X(vmgpu_status, buffer_read, (vmgpu_buffer *buffer, size_t offset, void *dst, size_t size)) \
    X(vmgpu_status, buffer_fill, (vmgpu_buffer *buffer, size_t offset, uint8_t value, size_t size)) \
    X(vmgpu_status, buffer_copy, (vmgpu_buffer *dst, size_t dst_offset, vmgpu_buffer *src, size_t src_offset, size_t size)) \
    X(vmgpu_status, buffer_map, (vmgpu_buffer *buffer, uint32_t access, void **out_pointer)) \
    X(vmgpu_status, buffer_unmap, (vmgpu_buffer *buffer)) \
    X(vmgpu_status, buffer_destroy, (vmgpu_buffer *buffer)) \
    X(vmgpu_status, compile_options_init, (vmgpu_compile_options *options, size_t size)) \
    X(vmgpu_status, launch_config_init, (vmgpu_launch_config *launch, size_t size)) \
    X(vmgpu_status, kernel_info_init, (vmgpu_kernel_info *info, size_t size)) \
    X(vmgpu_status, kernel_compile, (vmgpu_device *device, const char *source, const char *kernel_name, const vmgpu_compile_options *compile_options, vmgpu_kernel **out_kernel)) \
    X(vmgpu_status, kernel_load, (vmgpu_device *device, const void *binary, size_t size, const char *kernel_name, vmgpu_kernel **out_kernel)) \
    X(vmgpu_status, kernel_get_info, (const vmgpu_kernel *kernel, vmgpu_kernel_info *out_info)) \
    X(vmgpu_status, kernel_binary, (const vmgpu_kernel *kernel, void *buffer, size_t capacity, size_t *out_length)) \
    X(vmgpu_status, kernel_source, (const vmgpu_kernel *kernel, char *buffer, size_t capacity, size_t *out_length)) \
    X(vmgpu_status, kernel_compile_log, (const vmgpu_kernel *kernel, char *buffer, size_t capacity, size_t *out_length)) \
    X(vmgpu_status, kernel_symbol_write, (vmgpu_kernel *kernel, const char *symbol_name, size_t offset, const void *src, size_t size)) \
    X(vmgpu_status, kernel_symbol_read, (vmgpu_kernel *kernel, const char *symbol_name, size_t offset, void *dst, size_t size)) \
    X(vmgpu_status, kernel_launch, (vmgpu_kernel *kernel, const vmgpu_launch_config *launch, const vmgpu_arg *args, size_t arg_count)) \
    X(vmgpu_status, kernel_destroy, (vmgpu_kernel *kernel)) \
    X(vmgpu_arg, arg_u8, (uint8_t value)) \
    X(vmgpu_arg, arg_i8, (int8_t value)) \
    X(vmgpu_arg, arg_u16, (uint16_t value)) \
    X(vmgpu_arg, arg_i16, (int16_t value)) \
    X(vmgpu_arg, arg_u32, (uint32_t value)) \
    X(vmgpu_arg, arg_i32, (int32_t value)) \
    X(vmgpu_arg, arg_u64, (uint64_t value)) \
    X(vmgpu_arg, arg_i64, (int64_t value)) \
    X(vmgpu_arg, arg_f32, (float value)) \
    X(vmgpu_arg, arg_f64, (double value)) \
    X(vmgpu_arg, arg_bool, (uint32_t value)) \
    X(vmgpu_arg, arg_buffer, (vmgpu_buffer *buffer)) \
    X(vmgpu_arg, arg_buffer_const, (const vmgpu_buffer *buffer)) \
    X(vmgpu_arg, arg_pointer, (uint64_t device_pointer)) \
    X(vmgpu_arg, arg_struct, (const void *data, size_t size)) \
    X(vmgpu_status, executor_config_init, (vmgpu_executor_config *config, size_t size)) \
    X(vmgpu_status, executor_config_init_production, (vmgpu_executor_config *config, size_t size)) \
    X(vmgpu_status, executor_config_init_development, (vmgpu_executor_config *config, size_t size)) \
    X(vmgpu_status, executor_config_init_benchmark, (vmgpu_executor_config *config, size_t size)) \
    X(vmgpu_status, executor_stats_init, (vmgpu_executor_stats *stats, size_t size)) \
    X(vmgpu_status, execution_request_init, (vmgpu_execution_request *request, size_t size)) \
    X(vmgpu_status, execution_result_init, (vmgpu_execution_result *result, size_t size)) \
    X(vmgpu_status, executor_create, (const vmgpu_manager *manager, const vmgpu_executor_config *config, vmgpu_executor **out_executor)) \
    X(bool, executor_has_gpu, (const vmgpu_executor *executor)) \
    X(vmgpu_status, executor_buffer_create, (vmgpu_executor *executor, size_t size, vmgpu_buffer **out_buffer)) \
    X(vmgpu_status, executor_execute, (vmgpu_executor *executor, const vmgpu_execution_request *request, vmgpu_execution_result *out_result)) \
    X(vmgpu_status, last_report, (char *buffer, size_t capacity, size_t *out_length)) \
    X(vmgpu_status, executor_get_stats, (const vmgpu_executor *executor, vmgpu_executor_stats *out_stats)) \
    X(vmgpu_status, executor_reset_stats, (vmgpu_executor *executor)) \
    X(vmgpu_status, executor_format_stats, (const vmgpu_executor *executor, char *buffer, size_t capacity, size_t *out_length)) \
    X(vmgpu_status, executor_clear_cache, (vmgpu_executor *executor)) \
    X(vmgpu_status, executor_destroy, (vmgpu_executor *executor)) \
    /* END FUNCTIONS */

/* The functions of the library, as pointers; all NULL before vmgpu_loader_open(). */
typedef struct vmgpu_loader_api {
#define VMGPU_LOADER_FIELD(result, name, parameters) result(*name) parameters;
    VMGPU_LOADER_FUNCTIONS(VMGPU_LOADER_FIELD)
#undef VMGPU_LOADER_FIELD
} vmgpu_loader_api;

#ifdef __cplusplus
extern "C" {
#endif

extern vmgpu_loader_api vmgpu_loader_table;

/*
 * Opens the library and fills the table. May be called again, from one thread at a time; other threads may use the table
 * once it has returned.
 *
 * path      File to open. NULL: the environment variable VMGPU_LIBRARY if it is set, else the usual names.
 * error     Receives a terminated text if something is missing. May be NULL if capacity is 0.
 * capacity  Bytes at error.
 *
 * The library is never closed: it may have threads, and drivers do not bear being unloaded.
 */
int vmgpu_loader_open(const char *path, char *error, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif /* VMGPU_LOADER_H */

/* Outside the guard, so that a file may include this header first without and then with the names. */
#if defined(VMGPU_LOADER_NAMES) && !defined(VMGPU_LOADER_NAMES_DEFINED)
#define VMGPU_LOADER_NAMES_DEFINED
/* BEGIN NAMES */
#define vmgpu_status_name vmgpu_loader_table.status_name
#define vmgpu_version vmgpu_loader_table.version
#define vmgpu_last_error vmgpu_loader_table.last_error
#define vmgpu_set_log vmgpu_loader_table.set_log
#define vmgpu_manager_options_init vmgpu_loader_table.manager_options_init
#define vmgpu_manager_create vmgpu_loader_table.manager_create
#define vmgpu_manager_has_gpu vmgpu_loader_table.manager_has_gpu
#define vmgpu_manager_device_count vmgpu_loader_table.manager_device_count
#define vmgpu_manager_device vmgpu_loader_table.manager_device
#define vmgpu_manager_default_device vmgpu_loader_table.manager_default_device
#define vmgpu_manager_explain vmgpu_loader_table.manager_explain
#define vmgpu_manager_destroy vmgpu_loader_table.manager_destroy
#define vmgpu_device_info_init vmgpu_loader_table.device_info_init
#define vmgpu_device_get_info vmgpu_loader_table.device_get_info
#define vmgpu_device_is_available vmgpu_loader_table.device_is_available
#define vmgpu_device_synchronize vmgpu_loader_table.device_synchronize
#define vmgpu_device_wait vmgpu_loader_table.device_wait
#define vmgpu_device_destroy vmgpu_loader_table.device_destroy
#define vmgpu_buffer_create vmgpu_loader_table.buffer_create
#define vmgpu_buffer_size vmgpu_loader_table.buffer_size
#define vmgpu_buffer_device_pointer vmgpu_loader_table.buffer_device_pointer
#define vmgpu_buffer_write vmgpu_loader_table.buffer_write
#define vmgpu_buffer_read vmgpu_loader_table.buffer_read
#define vmgpu_buffer_fill vmgpu_loader_table.buffer_fill
#define vmgpu_buffer_copy vmgpu_loader_table.buffer_copy
#define vmgpu_buffer_map vmgpu_loader_table.buffer_map
#define vmgpu_buffer_unmap vmgpu_loader_table.buffer_unmap
#define vmgpu_buffer_destroy vmgpu_loader_table.buffer_destroy
#define vmgpu_compile_options_init vmgpu_loader_table.compile_options_init
#define vmgpu_launch_config_init vmgpu_loader_table.launch_config_init
#define vmgpu_kernel_info_init vmgpu_loader_table.kernel_info_init
#define vmgpu_kernel_compile vmgpu_loader_table.kernel_compile
#define vmgpu_kernel_load vmgpu_loader_table.kernel_load
#define vmgpu_kernel_get_info vmgpu_loader_table.kernel_get_info
#define vmgpu_kernel_binary vmgpu_loader_table.kernel_binary
#define vmgpu_kernel_source vmgpu_loader_table.kernel_source
#define vmgpu_kernel_compile_log vmgpu_loader_table.kernel_compile_log
#define vmgpu_kernel_symbol_write vmgpu_loader_table.kernel_symbol_write
#define vmgpu_kernel_symbol_read vmgpu_loader_table.kernel_symbol_read
#define vmgpu_kernel_launch vmgpu_loader_table.kernel_launch
#define vmgpu_kernel_destroy vmgpu_loader_table.kernel_destroy
#define vmgpu_arg_u8 vmgpu_loader_table.arg_u8
#define vmgpu_arg_i8 vmgpu_loader_table.arg_i8
#define vmgpu_arg_u16 vmgpu_loader_table.arg_u16
#define vmgpu_arg_i16 vmgpu_loader_table.arg_i16
#define vmgpu_arg_u32 vmgpu_loader_table.arg_u32
#define vmgpu_arg_i32 vmgpu_loader_table.arg_i32
#define vmgpu_arg_u64 vmgpu_loader_table.arg_u64
#define vmgpu_arg_i64 vmgpu_loader_table.arg_i64
#define vmgpu_arg_f32 vmgpu_loader_table.arg_f32
#define vmgpu_arg_f64 vmgpu_loader_table.arg_f64
#define vmgpu_arg_bool vmgpu_loader_table.arg_bool
#define vmgpu_arg_buffer vmgpu_loader_table.arg_buffer
#define vmgpu_arg_buffer_const vmgpu_loader_table.arg_buffer_const
#define vmgpu_arg_pointer vmgpu_loader_table.arg_pointer
#define vmgpu_arg_struct vmgpu_loader_table.arg_struct
#define vmgpu_executor_config_init vmgpu_loader_table.executor_config_init
#define vmgpu_executor_config_init_production vmgpu_loader_table.executor_config_init_production
#define vmgpu_executor_config_init_development vmgpu_loader_table.executor_config_init_development
#define vmgpu_executor_config_init_benchmark vmgpu_loader_table.executor_config_init_benchmark
#define vmgpu_executor_stats_init vmgpu_loader_table.executor_stats_init
#define vmgpu_execution_request_init vmgpu_loader_table.execution_request_init
#define vmgpu_execution_result_init vmgpu_loader_table.execution_result_init
#define vmgpu_executor_create vmgpu_loader_table.executor_create
#define vmgpu_executor_has_gpu vmgpu_loader_table.executor_has_gpu
#define vmgpu_executor_buffer_create vmgpu_loader_table.executor_buffer_create
#define vmgpu_executor_execute vmgpu_loader_table.executor_execute
#define vmgpu_last_report vmgpu_loader_table.last_report
#define vmgpu_executor_get_stats vmgpu_loader_table.executor_get_stats
#define vmgpu_executor_reset_stats vmgpu_loader_table.executor_reset_stats
#define vmgpu_executor_format_stats vmgpu_loader_table.executor_format_stats
#define vmgpu_executor_clear_cache vmgpu_loader_table.executor_clear_cache
#define vmgpu_executor_destroy vmgpu_loader_table.executor_destroy
/* END NAMES */
#endif

#if defined(VMGPU_LOADER_IMPLEMENTATION) && !defined(VMGPU_LOADER_IMPLEMENTED)
#define VMGPU_LOADER_IMPLEMENTED

#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>
#else
#include <dlfcn.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

vmgpu_loader_api vmgpu_loader_table;

/* Appends to a text of limited size, which stays terminated. */
static void vmgpu_loader_say(char *error, size_t capacity, const char *text) {
    size_t used, length = strlen(text);
    if (capacity == 0) return;
    used = strlen(error);
    if (length > capacity - 1 - used) length = capacity - 1 - used;
    memcpy(error + used, text, length);
    error[used + length] = '\0';
}

static void *vmgpu_loader_try(const char *name, char *error, size_t capacity) {
#ifdef _WIN32
    void *library = (void *)LoadLibraryA(name);
    const char *why = library ? "" : "LoadLibrary failed";
#else
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    const char *why = library ? "" : dlerror();
#endif
    if (!library) {
        vmgpu_loader_say(error, capacity, "\n  ");
        vmgpu_loader_say(error, capacity, name);
        vmgpu_loader_say(error, capacity, ": ");
        vmgpu_loader_say(error, capacity, why ? why : "not loaded");
    }
    return library;
}

/* Stores the function's address at `entry`; a copy of the bytes, because C has no cast from object to function pointer. */
static int vmgpu_loader_find(void *library, const char *name, void *entry, size_t size) {
#ifdef _WIN32
    FARPROC found = GetProcAddress((HMODULE)library, name);
#else
    void *found = dlsym(library, name);
#endif
    memset(entry, 0, size);
    if (!found || size != sizeof found) return 0;
    memcpy(entry, &found, size);
    return 1;
}

int vmgpu_loader_open(const char *path, char *error, size_t capacity) {
    static const char *const usual[] = {
#if defined(_WIN32)
        "vmgpu.dll",
#elif defined(__APPLE__)
        "libvmgpu.0.dylib", "libvmgpu.dylib",
#else
        "libvmgpu.so.0", "libvmgpu.so",
#endif
    };
    void *library = NULL;
    int missing = 0;
    size_t i;
    if (!error) capacity = 0;
    if (capacity > 0) error[0] = '\0';
    vmgpu_loader_say(error, capacity, "libvmgpu was not found; tried:");
    if (!path || !*path) path = getenv("VMGPU_LIBRARY");
    if (path && *path) {
        library = vmgpu_loader_try(path, error, capacity);
    } else {
        for (i = 0; !library && i < sizeof usual / sizeof usual[0]; i++) {
            library = vmgpu_loader_try(usual[i], error, capacity);
        }
    }
    if (!library) return VMGPU_LOADER_NOT_FOUND;
    if (capacity > 0) error[0] = '\0';
#define VMGPU_LOADER_RESOLVE(result, name, parameters)                                                         \
    if (!vmgpu_loader_find(library, "vmgpu_" #name, &vmgpu_loader_table.name, sizeof vmgpu_loader_table.name)) {  \
        vmgpu_loader_say(error, capacity, missing++ ? ", " : "the libvmgpu found is older and lacks ");           \
        vmgpu_loader_say(error, capacity, "vmgpu_" #name);                                                       \
    }
    VMGPU_LOADER_FUNCTIONS(VMGPU_LOADER_RESOLVE)
#undef VMGPU_LOADER_RESOLVE
    return missing ? VMGPU_LOADER_INCOMPLETE : VMGPU_LOADER_OK;
}

#ifdef __cplusplus
}
#endif

#endif /* VMGPU_LOADER_IMPLEMENTATION */
