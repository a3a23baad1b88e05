/*
 * vmgpu.hpp - C++17 over libvmgpu: handles that end themselves, results instead of status codes, typed arguments.
 *
 * Header-only; needs neither exceptions nor RTTI. It adds nothing to the meaning of the functions it calls: the manual is
 * vmgpu.h. Define VMGPU_HPP_LOADER before the #include to work over vmgpu_loader.h instead of the linked library (open
 * it with vmgpu_loader_open() first).
 *
 *     auto manager = vmgpu::Manager::create();
 *     if (!manager) return report(manager.error());
 *     auto executor = manager->executor();
 *     auto x = executor->buffer(1000 * sizeof(float));
 *     vmgpu::Request request(source, "scale");
 *     request.grid(4).block(256);
 *     auto outcome = executor->execute(request, *x, 2.5f, 1000);
 *
 * A `Result` is true if there is a value; `*result` and `result->` of a false one end the program. Objects can be moved,
 * not copied; a moved-from object is empty and its calls answer Status::InvalidHandle.
 */
#ifndef VMGPU_HPP
#define VMGPU_HPP

#ifdef VMGPU_HPP_LOADER
#ifndef VMGPU_LOADER_NAMES
#define VMGPU_LOADER_NAMES
#endif
#include "vmgpu_loader.h"
#else
#include "vmgpu.h"
#endif

#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace vmgpu {

enum class Status : uint32_t {
    Ok = VMGPU_STATUS_OK,
    InvalidArgument = VMGPU_STATUS_INVALID_ARGUMENT,
    InvalidHandle = VMGPU_STATUS_INVALID_HANDLE,
    OutOfRange = VMGPU_STATUS_OUT_OF_RANGE,
    BufferTooSmall = VMGPU_STATUS_BUFFER_TOO_SMALL,
    InvalidState = VMGPU_STATUS_INVALID_STATE,
    UnsupportedStruct = VMGPU_STATUS_UNSUPPORTED_STRUCT,
    NoDeviceAvailable = VMGPU_STATUS_NO_DEVICE_AVAILABLE,
    DriverBindingFailed = VMGPU_STATUS_DRIVER_BINDING_FAILED,
    DeviceInitializationFailed = VMGPU_STATUS_DEVICE_INITIALIZATION_FAILED,
    FeatureNotSupported = VMGPU_STATUS_FEATURE_NOT_SUPPORTED,
    MemoryAllocationFailed = VMGPU_STATUS_MEMORY_ALLOCATION_FAILED,
    MemoryCopyFailed = VMGPU_STATUS_MEMORY_COPY_FAILED,
    Io = VMGPU_STATUS_IO,
    DeviceLost = VMGPU_STATUS_DEVICE_LOST,
    DeviceBusy = VMGPU_STATUS_DEVICE_BUSY,
    DataLost = VMGPU_STATUS_DATA_LOST,
    Forked = VMGPU_STATUS_FORKED,
    KernelCompilationFailed = VMGPU_STATUS_KERNEL_COMPILATION_FAILED,
    KernelLoadingFailed = VMGPU_STATUS_KERNEL_LOADING_FAILED,
    KernelExecutionFailed = VMGPU_STATUS_KERNEL_EXECUTION_FAILED,
    Timeout = VMGPU_STATUS_TIMEOUT,
    FallbackFailed = VMGPU_STATUS_FALLBACK_FAILED,
    Internal = VMGPU_STATUS_INTERNAL,
    Other = VMGPU_STATUS_OTHER,
};

enum class DeviceType : uint32_t {
    None = 0,
    Cuda = VMGPU_DEVICE_TYPE_CUDA,
    Rocm = VMGPU_DEVICE_TYPE_ROCM,
    Cpu = VMGPU_DEVICE_TYPE_CPU,
    Other = VMGPU_DEVICE_TYPE_OTHER,
};

enum class ExecutedBy : uint32_t {
    None = VMGPU_EXECUTED_BY_NONE,
    Gpu = VMGPU_EXECUTED_BY_GPU,
    CpuDevice = VMGPU_EXECUTED_BY_CPU_DEVICE,
    Callback = VMGPU_EXECUTED_BY_CALLBACK,
};

enum class FallbackReason : uint32_t {
    None = VMGPU_FALLBACK_REASON_NONE,
    NoDevice = VMGPU_FALLBACK_REASON_NO_DEVICE,
    CompileFailed = VMGPU_FALLBACK_REASON_COMPILE_FAILED,
    LoadFailed = VMGPU_FALLBACK_REASON_LOAD_FAILED,
    ExecutionFailed = VMGPU_FALLBACK_REASON_EXECUTION_FAILED,
    Timeout = VMGPU_FALLBACK_REASON_TIMEOUT,
    DeviceLost = VMGPU_FALLBACK_REASON_DEVICE_LOST,
    DeviceBusy = VMGPU_FALLBACK_REASON_DEVICE_BUSY,
    OutOfMemory = VMGPU_FALLBACK_REASON_OUT_OF_MEMORY,
    NotSupported = VMGPU_FALLBACK_REASON_NOT_SUPPORTED,
};

enum class LogLevel : uint32_t {
    Error = VMGPU_LOG_LEVEL_ERROR,
    Warn = VMGPU_LOG_LEVEL_WARN,
    Info = VMGPU_LOG_LEVEL_INFO,
    Debug = VMGPU_LOG_LEVEL_DEBUG,
    Trace = VMGPU_LOG_LEVEL_TRACE,
};

enum class Access : uint32_t {
    Read = VMGPU_ACCESS_READ,
    Write = VMGPU_ACCESS_WRITE,
    ReadWrite = VMGPU_ACCESS_READ_WRITE,
};

enum class ArgKind : uint32_t {
    U8 = VMGPU_ARG_KIND_U8,
    I8 = VMGPU_ARG_KIND_I8,
    U16 = VMGPU_ARG_KIND_U16,
    I16 = VMGPU_ARG_KIND_I16,
    U32 = VMGPU_ARG_KIND_U32,
    I32 = VMGPU_ARG_KIND_I32,
    U64 = VMGPU_ARG_KIND_U64,
    I64 = VMGPU_ARG_KIND_I64,
    F32 = VMGPU_ARG_KIND_F32,
    F64 = VMGPU_ARG_KIND_F64,
    Bool = VMGPU_ARG_KIND_BOOL,
    Buffer = VMGPU_ARG_KIND_BUFFER,
    BufferConst = VMGPU_ARG_KIND_BUFFER_CONST,
    Pointer = VMGPU_ARG_KIND_POINTER,
    Struct = VMGPU_ARG_KIND_STRUCT,
};

inline uint32_t version() { return vmgpu_version(); }

inline const char *name(Status status) { return vmgpu_status_name(static_cast<uint32_t>(status)); }

namespace detail {

/* Collects a text of unknown length: asks, makes room, copies; again if it grew meanwhile. */
template <class Copy> std::string text(Copy copy) {
    std::string result;
    size_t length = 0;
    if (copy(static_cast<char *>(nullptr), static_cast<size_t>(0), &length) != VMGPU_STATUS_OK) return result;
    for (;;) {
        result.resize(length + 1);
        const vmgpu_status status = copy(&result[0], result.size(), &length);
        if (status == VMGPU_STATUS_BUFFER_TOO_SMALL) continue;
        result.resize(status == VMGPU_STATUS_OK ? length : 0);
        return result;
    }
}

[[noreturn]] inline void no_value(const char *why) {
    std::fprintf(stderr, "vmgpu::Result without a value was used: %s\n", why);
    std::abort();
}

} // namespace detail

/* Text of this thread's last failing call. */
inline std::string last_error() {
    return detail::text([](char *b, size_t c, size_t *n) { return vmgpu_last_error(b, c, n); });
}

/* The story of this thread's last execution. */
inline std::string last_report() {
    return detail::text([](char *b, size_t c, size_t *n) { return vmgpu_last_report(b, c, n); });
}

inline Status set_log(vmgpu_log_fn log, void *user, LogLevel min_level) {
    return static_cast<Status>(vmgpu_set_log(log, user, static_cast<uint32_t>(min_level)));
}

/* Why a call failed. */
struct Error {
    Status status = Status::Ok;
    std::string message;
};

/* A value, or the error instead of it. */
template <class T> class [[nodiscard]] Result {
public:
    Result(T &&value) : value_(std::move(value)) {}
    Result(Error error) : error_(std::move(error)) {}

    explicit operator bool() const { return value_.has_value(); }
    const Error &error() const { return error_; }
    Status status() const { return error_.status; }

    T &operator*() & { return get(); }
    const T &operator*() const & { return const_cast<Result *>(this)->get(); }
    T &&operator*() && { return std::move(get()); }
    T *operator->() { return &get(); }
    const T *operator->() const { return &const_cast<Result *>(this)->get(); }

private:
    T &get() {
        if (!value_) detail::no_value(error_.message.c_str());
        return *value_;
    }

    std::optional<T> value_;
    Error error_;
};

/* Success, or the error. */
template <> class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    explicit operator bool() const { return error_.status == Status::Ok; }
    const Error &error() const { return error_; }
    Status status() const { return error_.status; }

private:
    Error error_;
};

namespace detail {

inline Error failed(vmgpu_status status) { return Error{static_cast<Status>(status), last_error()}; }

inline Result<void> done(vmgpu_status status) {
    if (status != VMGPU_STATUS_OK) return failed(status);
    return {};
}

/* Owns one handle. */
template <class T, class Destroy> class Handle {
public:
    Handle() = default;
    explicit Handle(T *raw) : raw_(raw) {}
    Handle(Handle &&other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
    Handle &operator=(Handle &&other) noexcept {
        if (this != &other) reset(std::exchange(other.raw_, nullptr));
        return *this;
    }
    Handle(const Handle &) = delete;
    Handle &operator=(const Handle &) = delete;
    ~Handle() { reset(nullptr); }

    using Raw = T;
    /* The handle, still owned. */
    T *get() const { return raw_; }
    /* The handle, now the caller's. */
    T *release() { return std::exchange(raw_, nullptr); }
    explicit operator bool() const { return raw_ != nullptr; }

private:
    void reset(T *raw) {
        if (raw_) Destroy()(raw_);
        raw_ = raw;
    }

    T *raw_ = nullptr;
};

/* The object over the handle that `call` makes in the place it is given. */
template <class Object, class Call> Result<Object> made(Call call) {
    typename Object::Raw *raw = nullptr;
    const vmgpu_status status = call(&raw);
    if (status != VMGPU_STATUS_OK) return failed(status);
    return Object(raw);
}

/* A struct of facts: prepared by `init`, then filled by `call`. */
template <class Facts, class Init, class Call> Result<Facts> filled(Init init, Call call) {
    Facts facts;
    init(&facts, sizeof facts);
    const vmgpu_status status = call(&facts);
    if (status != VMGPU_STATUS_OK) return failed(status);
    return facts;
}

struct DestroyManager {
    void operator()(vmgpu_manager *h) const { vmgpu_manager_destroy(h); }
};
struct DestroyDevice {
    void operator()(vmgpu_device *h) const { vmgpu_device_destroy(h); }
};
struct DestroyBuffer {
    void operator()(vmgpu_buffer *h) const { vmgpu_buffer_destroy(h); }
};
struct DestroyKernel {
    void operator()(vmgpu_kernel *h) const { vmgpu_kernel_destroy(h); }
};
struct DestroyExecutor {
    void operator()(vmgpu_executor *h) const { vmgpu_executor_destroy(h); }
};

} // namespace detail

/* Memory that kernels work on: plain memory of a device, or a managed buffer of an executor. */
class Buffer : public detail::Handle<vmgpu_buffer, detail::DestroyBuffer> {
public:
    using Handle::Handle;

    size_t size() const { return vmgpu_buffer_size(get()); }
    uint64_t device_pointer() const { return vmgpu_buffer_device_pointer(get()); }

    Result<void> write(const void *src, size_t size, size_t offset = 0) {
        return detail::done(vmgpu_buffer_write(get(), offset, src, size));
    }
    Result<void> read(void *dst, size_t size, size_t offset = 0) const {
        return detail::done(vmgpu_buffer_read(get(), offset, dst, size));
    }
    template <class T> Result<void> write(const std::vector<T> &from) {
        static_assert(std::is_trivially_copyable<T>::value, "the elements are copied as bytes");
        return write(from.data(), from.size() * sizeof(T));
    }
    template <class T> Result<void> read(std::vector<T> &to) const {
        static_assert(std::is_trivially_copyable<T>::value, "the elements are copied as bytes");
        return read(to.data(), to.size() * sizeof(T));
    }
    Result<void> fill(uint8_t value, size_t size, size_t offset = 0) {
        return detail::done(vmgpu_buffer_fill(get(), offset, value, size));
    }
    Result<void> copy_from(const Buffer &src, size_t size, size_t offset = 0, size_t src_offset = 0) {
        return detail::done(vmgpu_buffer_copy(get(), offset, src.get(), src_offset, size));
    }

    /* A map that ends with its object. */
    class Mapping {
    public:
        Mapping(vmgpu_buffer *buffer, void *data) : buffer_(buffer), data_(data) {}
        Mapping(Mapping &&other) noexcept
            : buffer_(std::exchange(other.buffer_, nullptr)), data_(std::exchange(other.data_, nullptr)) {}
        Mapping &operator=(Mapping &&) = delete;
        Mapping(const Mapping &) = delete;
        Mapping &operator=(const Mapping &) = delete;
        ~Mapping() {
            if (buffer_) vmgpu_buffer_unmap(buffer_);
        }

        void *data() const { return data_; }
        template <class T> T *as() const { return static_cast<T *>(data_); }
        Result<void> unmap() {
            data_ = nullptr;
            return detail::done(vmgpu_buffer_unmap(std::exchange(buffer_, nullptr)));
        }

    private:
        vmgpu_buffer *buffer_;
        void *data_;
    };

    Result<Mapping> map(Access access) {
        void *data = nullptr;
        const vmgpu_status status = vmgpu_buffer_map(get(), static_cast<uint32_t>(access), &data);
        if (status != VMGPU_STATUS_OK) return detail::failed(status);
        return Mapping(get(), data);
    }
};

/* Kernel arguments. Integers are told by width and sign, so `arg(1)` is a kernel's `int`, `arg(1.0f)` its `float`. */
template <class T, std::enable_if_t<std::is_arithmetic<T>::value, int> = 0> vmgpu_arg arg(T value) {
    constexpr bool real = std::is_floating_point<T>::value, negative = std::is_signed<T>::value;
    constexpr size_t size = sizeof(T);
    static_assert(size <= 8, "kernels have float, double and integers of up to 64 bits");
    if constexpr (std::is_same<T, bool>::value) return vmgpu_arg_bool(value ? 1 : 0);
    else if constexpr (real && size == 4) return vmgpu_arg_f32(value);
    else if constexpr (real) return vmgpu_arg_f64(value);
    else if constexpr (negative && size == 1) return vmgpu_arg_i8(static_cast<int8_t>(value));
    else if constexpr (negative && size == 2) return vmgpu_arg_i16(static_cast<int16_t>(value));
    else if constexpr (negative && size == 4) return vmgpu_arg_i32(static_cast<int32_t>(value));
    else if constexpr (negative) return vmgpu_arg_i64(static_cast<int64_t>(value));
    else if constexpr (size == 1) return vmgpu_arg_u8(static_cast<uint8_t>(value));
    else if constexpr (size == 2) return vmgpu_arg_u16(static_cast<uint16_t>(value));
    else if constexpr (size == 4) return vmgpu_arg_u32(static_cast<uint32_t>(value));
    else return vmgpu_arg_u64(static_cast<uint64_t>(value));
}
/* A buffer that the kernel may write. */
inline vmgpu_arg arg(const Buffer &buffer) { return vmgpu_arg_buffer(buffer.get()); }
/* A buffer that the kernel only reads. */
inline vmgpu_arg arg_const(const Buffer &buffer) { return vmgpu_arg_buffer_const(buffer.get()); }
/* An address on the device. */
inline vmgpu_arg arg_pointer(uint64_t device_pointer) { return vmgpu_arg_pointer(device_pointer); }
/* A struct by value. It is borrowed until the call that uses the argument returns, so a temporary is not taken. */
template <class T> vmgpu_arg arg_struct(const T &value) {
    static_assert(std::is_trivially_copyable<T>::value, "the struct is copied as bytes");
    return vmgpu_arg_struct(&value, sizeof(T));
}
template <class T> vmgpu_arg arg_struct(const T &&) = delete;
/* An argument already made. */
inline vmgpu_arg arg(const vmgpu_arg &made) { return made; }

/* Compiler options and headers in memory. */
class CompileOptions {
public:
    CompileOptions &option(std::string text) {
        options_.push_back(std::move(text));
        return *this;
    }
    CompileOptions &header(std::string name, std::string text) {
        names_.push_back(std::move(name));
        texts_.push_back(std::move(text));
        return *this;
    }

    /* Calls `use` with the C struct, which lives as long as that call. */
    template <class Use> auto with(Use use) const {
        const std::vector<const char *> options = pointers(options_), names = pointers(names_), texts = pointers(texts_);
        vmgpu_compile_options raw;
        vmgpu_compile_options_init(&raw, sizeof raw);
        raw.options = options.data();
        raw.option_count = options.size();
        raw.header_names = names.data();
        raw.header_texts = texts.data();
        raw.header_count = names.size();
        return use(&raw);
    }
    bool empty() const { return options_.empty() && names_.empty(); }

private:
    static std::vector<const char *> pointers(const std::vector<std::string> &texts) {
        std::vector<const char *> result;
        for (const std::string &text : texts) result.push_back(text.c_str());
        return result;
    }

    std::vector<std::string> options_, names_, texts_;
};

/* Grid, block and shared memory of a launch. */
class LaunchConfig {
public:
    LaunchConfig() { vmgpu_launch_config_init(&raw, sizeof raw); }
    LaunchConfig &grid(uint32_t x, uint32_t y = 1, uint32_t z = 1) {
        raw.grid = vmgpu_dim3{x, y, z};
        return *this;
    }
    LaunchConfig &block(uint32_t x, uint32_t y = 1, uint32_t z = 1) {
        raw.block = vmgpu_dim3{x, y, z};
        return *this;
    }
    LaunchConfig &shared_memory(uint32_t size) {
        raw.shared_memory_size = size;
        return *this;
    }

    vmgpu_launch_config raw;
};

/* A compiled kernel on its device. */
class Kernel : public detail::Handle<vmgpu_kernel, detail::DestroyKernel> {
public:
    using Handle::Handle;

    Result<vmgpu_kernel_info> info() const {
        return detail::filled<vmgpu_kernel_info>(vmgpu_kernel_info_init, [&](vmgpu_kernel_info *out) {
            return vmgpu_kernel_get_info(get(), out);
        });
    }
    Result<std::vector<unsigned char>> binary() const {
        size_t length = 0;
        vmgpu_status status = vmgpu_kernel_binary(get(), nullptr, 0, &length);
        if (status != VMGPU_STATUS_OK) return detail::failed(status);
        std::vector<unsigned char> bytes(length);
        if (length > 0) status = vmgpu_kernel_binary(get(), bytes.data(), bytes.size(), &length);
        if (status != VMGPU_STATUS_OK) return detail::failed(status);
        return bytes;
    }
    std::string source() const {
        return detail::text([this](char *b, size_t c, size_t *n) { return vmgpu_kernel_source(get(), b, c, n); });
    }
    std::string compile_log() const {
        return detail::text([this](char *b, size_t c, size_t *n) { return vmgpu_kernel_compile_log(get(), b, c, n); });
    }
    Result<void> symbol_write(const char *symbol, const void *src, size_t size, size_t offset = 0) {
        return detail::done(vmgpu_kernel_symbol_write(get(), symbol, offset, src, size));
    }
    Result<void> symbol_read(const char *symbol, void *dst, size_t size, size_t offset = 0) const {
        return detail::done(vmgpu_kernel_symbol_read(get(), symbol, offset, dst, size));
    }

    /* Queues a launch: `kernel.launch(config, x, arg_const(y), 2.5f, 1000)`. */
    template <class... Args> Result<void> launch(const LaunchConfig &config, const Args &...args) {
        const std::array<vmgpu_arg, sizeof...(Args)> list{{arg(args)...}};
        return detail::done(vmgpu_kernel_launch(get(), &config.raw, list.data(), list.size()));
    }
};

/* One device. */
class Device : public detail::Handle<vmgpu_device, detail::DestroyDevice> {
public:
    using Handle::Handle;

    Result<vmgpu_device_info> info() const {
        return detail::filled<vmgpu_device_info>(vmgpu_device_info_init, [&](vmgpu_device_info *out) {
            return vmgpu_device_get_info(get(), out);
        });
    }
    bool is_available() const { return vmgpu_device_is_available(get()); }
    Result<void> synchronize() { return detail::done(vmgpu_device_synchronize(get())); }
    Result<void> wait(uint64_t timeout_ms) { return detail::done(vmgpu_device_wait(get(), timeout_ms)); }

    Result<Buffer> buffer(size_t size) {
        return detail::made<Buffer>([&](vmgpu_buffer **out) { return vmgpu_buffer_create(get(), size, out); });
    }
    Result<Kernel> compile(const char *source, const char *kernel_name, const CompileOptions &options = {}) {
        return detail::made<Kernel>([&](vmgpu_kernel **out) {
            return options.with([&](const vmgpu_compile_options *given) {
                return vmgpu_kernel_compile(get(), source, kernel_name, given, out);
            });
        });
    }
    Result<Kernel> load(const void *binary, size_t size, const char *kernel_name) {
        return detail::made<Kernel>([&](vmgpu_kernel **out) {
            return vmgpu_kernel_load(get(), binary, size, kernel_name, out);
        });
    }
};

/* How an executor behaves; `raw` has the fields. */
class ExecutorConfig {
public:
    ExecutorConfig() { vmgpu_executor_config_init(&raw, sizeof raw); }
    static ExecutorConfig production() { return preset(vmgpu_executor_config_init_production); }
    static ExecutorConfig development() { return preset(vmgpu_executor_config_init_development); }
    static ExecutorConfig benchmark() { return preset(vmgpu_executor_config_init_benchmark); }

    vmgpu_executor_config raw;

private:
    template <class Init> static ExecutorConfig preset(Init init) {
        ExecutorConfig config;
        init(&config.raw, sizeof config.raw);
        return config;
    }
};

/* What an execution runs. The texts are borrowed until `execute` returns. */
class Request {
public:
    Request(const char *source, const char *kernel_name) {
        vmgpu_execution_request_init(&raw, sizeof raw);
        raw.source = source;
        raw.kernel_name = kernel_name;
    }
    Request &grid(uint32_t x, uint32_t y = 1, uint32_t z = 1) {
        raw.grid = vmgpu_dim3{x, y, z};
        return *this;
    }
    Request &block(uint32_t x, uint32_t y = 1, uint32_t z = 1) {
        raw.block = vmgpu_dim3{x, y, z};
        return *this;
    }
    Request &shared_memory(uint32_t size) {
        raw.shared_memory_size = size;
        return *this;
    }
    Request &timeout(uint64_t timeout_ms) {
        raw.timeout_ms = timeout_ms;
        return *this;
    }
    Request &options(CompileOptions options) {
        options_ = std::move(options);
        return *this;
    }
    const CompileOptions &options() const { return options_; }

    vmgpu_execution_request raw;

private:
    CompileOptions options_;
};

/* What became of an execution, also of one that failed. */
struct Outcome {
    Error error;
    vmgpu_execution_result raw;

    explicit operator bool() const { return error.status == Status::Ok; }
    Status status() const { return error.status; }
    ExecutedBy executed_by() const { return static_cast<ExecutedBy>(raw.executed_by); }
    FallbackReason fallback_reason() const { return static_cast<FallbackReason>(raw.fallback_reason); }
    DeviceType device_type() const { return static_cast<DeviceType>(raw.device_type); }
};

/* Runs kernel texts on the best device there is, with cache, fallback and time limits. */
class Executor : public detail::Handle<vmgpu_executor, detail::DestroyExecutor> {
public:
    using Handle::Handle;

    bool has_gpu() const { return vmgpu_executor_has_gpu(get()); }
    /* A managed buffer. */
    Result<Buffer> buffer(size_t size) {
        return detail::made<Buffer>([&](vmgpu_buffer **out) { return vmgpu_executor_buffer_create(get(), size, out); });
    }

    template <class... Args> Outcome execute(const Request &request, const Args &...args) {
        return run(request, nullptr, nullptr, args...);
    }
    /*
     * As `execute`; `fallback` is a `bool(std::string &error)` that does the same work when no device can, and answers
     * whether it did. No exception may leave it.
     */
    template <class Fallback, class... Args>
    Outcome execute_with_fallback(const Request &request, Fallback &&fallback, const Args &...args) {
        using Function = std::remove_reference_t<Fallback>;
        const vmgpu_fallback_fn call = [](void *user, char *error_buffer, size_t error_capacity) noexcept -> int {
            std::string error;
            if ((*static_cast<Function *>(user))(error)) return 0;
            std::snprintf(error_buffer, error_capacity, "%s", error.c_str());
            return 1;
        };
        return run(request, call, const_cast<void *>(static_cast<const void *>(&fallback)), args...);
    }

    Result<vmgpu_executor_stats> stats() const {
        return detail::filled<vmgpu_executor_stats>(vmgpu_executor_stats_init, [&](vmgpu_executor_stats *out) {
            return vmgpu_executor_get_stats(get(), out);
        });
    }
    std::string format_stats() const {
        return detail::text([this](char *b, size_t c, size_t *n) { return vmgpu_executor_format_stats(get(), b, c, n); });
    }
    Result<void> reset_stats() { return detail::done(vmgpu_executor_reset_stats(get())); }
    Result<void> clear_cache() { return detail::done(vmgpu_executor_clear_cache(get())); }

private:
    template <class... Args>
    Outcome run(const Request &request, vmgpu_fallback_fn fallback, void *user, const Args &...args) {
        const std::array<vmgpu_arg, sizeof...(Args)> list{{arg(args)...}};
        vmgpu_execution_request raw = request.raw;
        raw.args = list.data();
        raw.arg_count = list.size();
        raw.fallback = fallback;
        raw.fallback_user = user;
        Outcome outcome;
        vmgpu_execution_result_init(&outcome.raw, sizeof outcome.raw);
        const auto execute = [&](const vmgpu_compile_options *options) {
            raw.compile_options = options;
            return vmgpu_executor_execute(get(), &raw, &outcome.raw);
        };
        const vmgpu_status status =
            request.options().empty() ? execute(request.raw.compile_options) : request.options().with(execute);
        if (status != VMGPU_STATUS_OK) outcome.error = detail::failed(status);
        return outcome;
    }
};

/* What a manager looks for; `raw` has the fields. */
class ManagerOptions {
public:
    ManagerOptions() { vmgpu_manager_options_init(&raw, sizeof raw); }
    vmgpu_manager_options raw;
};

/* The devices of this machine. */
class Manager : public detail::Handle<vmgpu_manager, detail::DestroyManager> {
public:
    using Handle::Handle;

    static Result<Manager> create(const ManagerOptions &options = {}) {
        return detail::made<Manager>([&](vmgpu_manager **out) { return vmgpu_manager_create(&options.raw, out); });
    }
    bool has_gpu() const { return vmgpu_manager_has_gpu(get()); }
    size_t device_count() const { return vmgpu_manager_device_count(get()); }
    Result<Device> device(size_t index) const {
        return detail::made<Device>([&](vmgpu_device **out) { return vmgpu_manager_device(get(), index, out); });
    }
    Result<Device> default_device() const {
        return detail::made<Device>([&](vmgpu_device **out) { return vmgpu_manager_default_device(get(), out); });
    }
    std::string explain() const {
        return detail::text([this](char *b, size_t c, size_t *n) { return vmgpu_manager_explain(get(), b, c, n); });
    }
    Result<Executor> executor(const ExecutorConfig &config = {}) const {
        return detail::made<Executor>([&](vmgpu_executor **out) {
            return vmgpu_executor_create(get(), &config.raw, out);
        });
    }
};

} // namespace vmgpu

#endif
