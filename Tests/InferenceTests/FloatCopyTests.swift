import Inference
import Testing

@Suite struct FloatCopyTests {
    private func floats<Value>(_ copy: FloatCopy, _ type: ElementType, _ values: [Value]) -> [Float] {
        values.withUnsafeBytes { bytes in
            Array(copy.values(of: OutputTensor(name: "y", elementType: type, shape: [values.count], bytes: bytes)))
        }
    }

    @Test func everyElementTypeBecomesFloats() {
        let copy = FloatCopy()
        #expect(floats(copy, .float32, [1.5, -2] as [Float]) == [1.5, -2])
        #expect(
            floats(copy, .float16, [0x3C00, 0xC200, 0x3555, 0x7BFF] as [UInt16]) == [1, -3, 0.333251953125, 65504])
        #expect(floats(copy, .uint8, [0, 255] as [UInt8]) == [0, 255])
        #expect(floats(copy, .int32, [-7, 1 << 24] as [Int32]) == [-7, 16_777_216])
        #expect(floats(copy, .int64, [79, -1, 1 << 40] as [Int64]) == [79, -1, 1_099_511_627_776])
    }

    @Test func shorterAndLongerOutputsFollowOneAnother() {
        let copy = FloatCopy()
        for count in [3, 0, 1, 100, 2] {
            let values = (0..<count).map(Int64.init)
            #expect(floats(copy, .int64, values) == values.map(Float.init))
        }
    }

    @Test func float32IsNotCopied() {
        let values: [Float] = [1, 2]
        values.withUnsafeBytes { bytes in
            let output = OutputTensor(name: "y", elementType: .float32, shape: [2], bytes: bytes)
            #expect(UnsafeRawPointer(FloatCopy().values(of: output).baseAddress) == bytes.baseAddress)
        }
    }
}
