// What is no address is not followed as one, and missing arguments are null.
// no gxx: prints
// launch: k grid=1 block=1
//   prints <(null)> 7 <(null)>\n
extern "C" __global__ void k() { printf("<%s> %d <%s>\n", 'A', 7); }
