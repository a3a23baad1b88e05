/*
 * picture.c - computes a Julia set with a CUDA C kernel and writes it as julia.ppm (any image viewer opens it).
 *
 * Build and run:  cc picture.c $(pkg-config --cflags --libs vmgpu) -o picture && ./picture [width height]
 */
#include <stdio.h>
#include <stdlib.h>
#include <vmgpu.h>

/*
 * Each thread computes one pixel: how long z -> z*z + c takes to leave a circle, turned into a colour. Blocks are
 * two-dimensional, as pictures are.
 */
static const char *source =
    "extern \"C\" __global__ void julia(unsigned char *pixels, int width, int height, float cx, float cy) {\n"
    "    int x = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    int y = blockIdx.y * blockDim.y + threadIdx.y;\n"
    "    if (x >= width || y >= height) return;\n"
    "    float zx = 3.0f * (x - 0.5f * width) / height;\n"
    "    float zy = 3.0f * (y - 0.5f * height) / height;\n"
    "    int step = 0;\n"
    "    while (step < 255 && zx * zx + zy * zy < 16.0f) {\n"
    "        float next = zx * zx - zy * zy + cx;\n"
    "        zy = 2.0f * zx * zy + cy;\n"
    "        zx = next;\n"
    "        step++;\n"
    "    }\n"
    "    unsigned char *p = pixels + 3 * ((long long)y * width + x);\n"
    "    p[0] = (unsigned char)(step < 128 ? 2 * step : 255);\n"
    "    p[1] = (unsigned char)(step);\n"
    "    p[2] = (unsigned char)(step == 255 ? 0 : 64 + step / 2);\n"
    "}\n";

typedef struct picture {
    vmgpu_buffer *pixels;
    int width, height;
    float cx, cy;
} picture;

static int failed(const char *what) {
    char text[4000];
    vmgpu_last_error(text, sizeof text, NULL);
    fprintf(stderr, "%s failed: %s\n", what, text);
    return 1;
}

/* The same pixels in C, if neither a GPU nor the CPU device can run the kernel. */
static int julia_in_c(void *user, char *error_buffer, size_t error_capacity) {
    const picture *job = user;
    void *pointer = NULL;
    int x, y;
    if (vmgpu_buffer_map(job->pixels, VMGPU_ACCESS_WRITE, &pointer)) {
        snprintf(error_buffer, error_capacity, "the picture could not be mapped");
        return 1;
    }
    for (y = 0; y < job->height; y++) {
        for (x = 0; x < job->width; x++) {
            float zx = 3.0f * ((float)x - 0.5f * (float)job->width) / (float)job->height;
            float zy = 3.0f * ((float)y - 0.5f * (float)job->height) / (float)job->height;
            unsigned char *p = (unsigned char *)pointer + 3 * ((long long)y * job->width + x);
            int step = 0;
            while (step < 255 && zx * zx + zy * zy < 16.0f) {
                float next = zx * zx - zy * zy + job->cx;
                zy = 2.0f * zx * zy + job->cy;
                zx = next;
                step++;
            }
            p[0] = (unsigned char)(step < 128 ? 2 * step : 255);
            p[1] = (unsigned char)step;
            p[2] = (unsigned char)(step == 255 ? 0 : 64 + step / 2);
        }
    }
    vmgpu_buffer_unmap(job->pixels);
    return 0;
}

int main(int count, char **arguments) {
    static const char *const by[] = {"nobody", "the GPU", "the CPU device", "our own C function"};
    picture job = {NULL, 1200, 800, -0.8f, 0.156f};
    vmgpu_manager *manager = NULL;
    vmgpu_executor_config config = VMGPU_EXECUTOR_CONFIG_INIT;
    vmgpu_executor *executor = NULL;
    vmgpu_execution_request request = VMGPU_EXECUTION_REQUEST_INIT;
    vmgpu_execution_result result = VMGPU_EXECUTION_RESULT_INIT;
    vmgpu_arg args[5];
    char report[4000];
    void *pixels = NULL;
    size_t size;
    FILE *file;

    if (count == 3) {
        job.width = atoi(arguments[1]);
        job.height = atoi(arguments[2]);
    }
    if (job.width < 1 || job.height < 1 || job.width > 20000 || job.height > 20000) {
        fprintf(stderr, "usage: picture [width height], each from 1 to 20000\n");
        return 2;
    }
    size = (size_t)3 * (size_t)job.width * (size_t)job.height;

    /* On a machine without a GPU the same kernel text runs on the CPU device; our own function is the last resort. */
    config.prefer_cpu_device = 1;
    if (vmgpu_manager_create(NULL, &manager)) return failed("looking for devices");
    if (vmgpu_executor_create(manager, &config, &executor)) return failed("making an executor");
    if (vmgpu_executor_buffer_create(executor, size, &job.pixels)) return failed("allocating the picture");

    args[0] = vmgpu_arg_buffer(job.pixels);
    args[1] = vmgpu_arg_i32(job.width);
    args[2] = vmgpu_arg_i32(job.height);
    args[3] = vmgpu_arg_f32(job.cx);
    args[4] = vmgpu_arg_f32(job.cy);
    request.source = source;
    request.kernel_name = "julia";
    request.block.x = 32;
    request.block.y = 8;
    request.grid.x = ((uint32_t)job.width + 31) / 32;
    request.grid.y = ((uint32_t)job.height + 7) / 8;
    request.args = args;
    request.arg_count = 5;
    request.fallback = julia_in_c;
    request.fallback_user = &job;
    if (vmgpu_executor_execute(executor, &request, &result)) return failed("computing the picture");

    /* The mapped buffer is the picture: no copy. */
    if (vmgpu_buffer_map(job.pixels, VMGPU_ACCESS_READ, &pixels)) return failed("reading the picture");
    file = fopen("julia.ppm", "wb");
    if (!file || fprintf(file, "P6\n%d %d\n255\n", job.width, job.height) < 0 ||
        fwrite(pixels, 1, size, file) != size || fclose(file) != 0) {
        perror("julia.ppm");
        return 1;
    }
    vmgpu_buffer_unmap(job.pixels);

    printf("julia.ppm: %d x %d pixels by %s in %.3f ms\n", job.width, job.height,
           by[result.executed_by < 4 ? result.executed_by : 0], (double)result.execution_time_ns / 1e6);
    vmgpu_last_report(report, sizeof report, NULL);
    printf("%s", report);
    vmgpu_buffer_destroy(job.pixels);
    vmgpu_executor_destroy(executor);
    vmgpu_manager_destroy(manager);
    return 0;
}
