import ServiceClients
import Testing

struct RequestTraceTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"

    @Test(arguments: ["00-\(trace)-b7ad6b7169203331-01", "01-\(trace)-b7ad6b7169203331-00-later"])
    func parentIsRead(header: String) {
        #expect(TraceParent(header)?.traceID == Self.trace)
        #expect(TraceParent(header)?.header == header)
    }

    @Test(arguments: [
        "", "00", "00-\(trace)-b7ad6b7169203331", "ff-\(trace)-b7ad6b7169203331-01",
        "00-\(trace)-b7ad6b7169203331-01-extra", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-\(trace)-0000000000000000-01", "00-\(trace.uppercased())-b7ad6b7169203331-01",
        "00-\(trace)0-b7ad6b7169203331-01", "00-\(trace)-b7ad6b7169203331-1", "0g-\(trace)-b7ad6b7169203331-01",
    ])
    func whatTheSpecificationSaysToIgnoreIsIgnored(header: String) {
        #expect(TraceParent(header) == nil)
    }
}
