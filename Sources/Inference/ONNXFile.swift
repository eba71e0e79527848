import Foundation

/// What an ONNX file says of itself, read without an engine. The file is a protocol buffer (onnx.proto).
enum ONNXFile {
    /// Metadata that is kept: far more than an alphabet of 7000 characters needs.
    private static let maximumMetadataBytes = 4 << 20

    /// The names of the outputs, in order; empty when `file` is not well-formed.
    ///
    /// OpenVINO keeps several names for a tensor and shows the alphabetically first: an output `cls_8` that a Reshape
    /// `291` feeds is called `291`. The file knows better: `ModelProto.graph` is field 7, `GraphProto.output` 12,
    /// `ValueInfoProto.name` 1.
    static func outputNames(_ file: URL) -> [String] {
        withModel(file) { model in
            model.fields(7).flatMap { $0.fields(12) }.compactMap { $0.fields(1).first?.text }
        } ?? []
    }

    /// Keys and values that the model's maker left in it: `ModelProto.metadata_props` is field 14, a
    /// `StringStringEntryProto` with key 1 and value 2. Of a repeated key the last counts.
    ///
    /// Empty when `file` is not well-formed, or holds more than 4 MiB of metadata.
    static func metadata(_ file: URL) -> [String: String] {
        withModel(file) { model in
            let entries = model.fields(14)
            guard entries.reduce(0, { $0 + $1.bytes.count }) <= maximumMetadataBytes else { return [:] }
            let pairs = entries.compactMap { entry in
                entry.fields(1).last.map { ($0.text, entry.fields(2).last?.text ?? "") }
            }
            return Dictionary(pairs) { $1 }
        } ?? [:]
    }

    private static func withModel<Result>(_ file: URL, _ body: (ProtocolBufferMessage) -> Result) -> Result? {
        guard let bytes = try? Data(contentsOf: file, options: .alwaysMapped) else { return nil }
        return bytes.withUnsafeBytes { body(ProtocolBufferMessage(bytes: $0)) }
    }
}
