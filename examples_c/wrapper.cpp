/*
 * wrapper.cpp - the library from C++17: handles that end themselves, results instead of status codes, typed arguments.
 *
 * Build and run:  c++ -std=c++17 wrapper.cpp $(pkg-config --cflags --libs vmgpu) -o wrapper && ./wrapper
 */
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>
#include <vmgpu.hpp>

static const char *source = R"(
    template <class T> __global__ void axpy(T a, const T *x, T *y, int count) {
        int i = blockIdx.x * blockDim.x + threadIdx.x;
        if (i < count) y[i] = a * x[i] + y[i];
    })";

static int failed(const char *what, const vmgpu::Error &error) {
    std::fprintf(stderr, "%s failed (%s): %s\n", what, vmgpu::name(error.status), error.message.c_str());
    return 1;
}

int main() {
    const int count = 100000;
    const float a = 2.5f;
    std::vector<float> x(count), y(count), result(count);
    for (int i = 0; i < count; i++) {
        x[i] = 0.25f * float(i % 1000);
        y[i] = float(i);
    }

    auto manager = vmgpu::Manager::create();
    if (!manager) return failed("looking for devices", manager.error());
    vmgpu::ExecutorConfig config;
    config.raw.prefer_cpu_device = 1;
    auto executor = manager->executor(config);
    if (!executor) return failed("making an executor", executor.error());
    auto x_buffer = executor->buffer(count * sizeof(float));
    auto y_buffer = executor->buffer(count * sizeof(float));
    if (!x_buffer) return failed("allocating", x_buffer.error());
    if (!y_buffer) return failed("allocating", y_buffer.error());
    if (auto done = x_buffer->write(x); !done) return failed("writing", done.error());
    if (auto done = y_buffer->write(y); !done) return failed("writing", done.error());

    // The instance of a template is named by an expression; a lambda does the work where no device can.
    vmgpu::Request request(source, "axpy<float>");
    request.grid((count + 255) / 256).block(256);
    const auto in_cpp = [&](std::string &error) {
        auto mapped = y_buffer->map(vmgpu::Access::ReadWrite);
        if (!mapped) {
            error = mapped.error().message;
            return false;
        }
        for (int i = 0; i < count; i++) mapped->as<float>()[i] += a * x[i];
        return true;
    };
    // Arguments are typed: a float, two buffers (the first only read), an int.
    auto outcome = executor->execute_with_fallback(request, in_cpp, a, vmgpu::arg_const(*x_buffer), *y_buffer, count);
    if (!outcome) return failed("computing", outcome.error);

    if (auto done = y_buffer->read(result); !done) return failed("reading", done.error());
    int wrong = 0;
    for (int i = 0; i < count; i++) {
        // A device may round a * x + y once instead of twice.
        const float wanted = a * x[i] + y[i];
        if (!(std::fabs(result[i] - wanted) <= 1e-6f * std::fabs(wanted))) wrong++;
    }
    const char *by = outcome.executed_by() == vmgpu::ExecutedBy::Gpu         ? "the GPU"
                     : outcome.executed_by() == vmgpu::ExecutedBy::CpuDevice ? "the CPU device"
                                                                             : "our own function";
    std::printf("%d elements by %s, %d wrong\n%s", count, by, wrong, vmgpu::last_report().c_str());
    return wrong != 0;
}
