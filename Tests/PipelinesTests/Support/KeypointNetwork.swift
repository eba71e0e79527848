import Foundation

/// An ONNX file with y = x · weights, x of [batch, rows], y of [batch, columns]: the smallest classifier there is, and
/// what a network for keypoints looks like from outside.
enum KeypointNetwork {
    /// - Parameter weights: a row for each input value, in it a weight for each class.
    static func onnx(weights: [[Float]]) -> Data {
        let columns = weights.first?.count ?? 0
        let node = text(1, "x") + text(1, "w") + text(2, "y") + text(3, "product") + text(4, "MatMul")
        let raw = weights.flatMap { $0 }.withUnsafeBytes { Data($0) }
        let tensor =
            number(1, weights.count) + number(1, columns) + number(2, 1) + text(8, "w") + message(9, raw)
        let graph =
            message(1, node) + text(2, "keypoints") + message(5, tensor) + message(11, value("x", weights.count))
            + message(12, value("y", columns))
        return number(1, 8) + message(7, graph) + message(8, text(1, "") + number(2, 13))
    }

    /// `ValueInfoProto` of float32 [batch, width].
    private static func value(_ name: String, _ width: Int) -> Data {
        let shape = message(1, text(2, "batch")) + message(1, number(1, width))
        return text(1, name) + message(2, message(1, number(1, 1) + message(2, shape)))
    }

    private static func number(_ field: UInt8, _ value: Int) -> Data { Data([field << 3]) + varint(value) }

    private static func text(_ field: UInt8, _ value: String) -> Data { message(field, Data(value.utf8)) }

    private static func message(_ field: UInt8, _ content: Data) -> Data {
        Data([field << 3 | 2]) + varint(content.count) + content
    }

    private static func varint(_ value: Int) -> Data {
        var (rest, bytes) = (value, Data())
        while rest > 127 {
            bytes.append(UInt8(rest & 127 | 128))
            rest >>= 7
        }
        return bytes + Data([UInt8(rest)])
    }
}
