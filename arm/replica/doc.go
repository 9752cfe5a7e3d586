// Package replica knows whether this front door is the only one.
//
// A front door that is alone may answer reads from its cache: it knows each write that was answered, because it answered it itself. With others
// beside it that is not so. They know of each other by one Lease, which each of them writes, again and again, on condition that nobody else
// wrote it since. A write that meets another one's is the evidence of another replica.
//   - Alone is who wrote the Lease within the Term, and has seen no evidence of others for the Quiet time.
//   - A write to a resource is answered by who wrote the Lease within the Term. Who met others when it did so for the first time, or for the first
//     time after a while, waits for another Term: by then the other one knows, or has not written for so long that it is alone no more.
//
// A replica that ends releases the Lease if it is alone, so the next one does not wait. One that is killed does not: the next one answers its
// first write after a Term, and reads from the API server for the Quiet time.
//
// Nothing depends on clocks of different machines, only on how fast they run.
package replica
