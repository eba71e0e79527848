import HTTPTypes

extension HTTPField.Name {
    public static let contentPlace = known("X-AIBox-Content-Place")
    public static let deadline = known("X-Deadline-Ms")
    public static let inferenceID = known("X-AIBox-Inference-ID")
    public static let requestID = known("X-Request-ID")
    public static let traceParent = known("traceparent")

    private static func known(_ name: String) -> HTTPField.Name {
        guard let known = HTTPField.Name(name) else {
            preconditionFailure("\(name) is no field name")  // safe: only the literals above come here
        }
        return known
    }
}
