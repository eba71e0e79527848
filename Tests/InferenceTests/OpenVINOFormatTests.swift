import Foundation
import Inference
import TestSupport
import Testing

/// The formats that OpenVINO reads besides ONNX.
@Suite(.enabled(if: TestEngines.arePresent, Comment(rawValue: TestEngines.absence)))
struct OpenVINOFormatTests {
    @Test func anIntermediateRepresentationIsReadFromItsTwoFiles() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "triple.xml")
            try Data(Self.triple.utf8).write(to: file)
            try withUnsafeBytes(of: Float(3)) { Data($0) }.write(to: folder.appending(path: "triple.bin"))
            let session = try TestEngines.all.engine("openvino").load(file, SessionOptions())
            #expect(session.inputs == [TensorDescription(name: "x", elementType: .float32, shape: [1, 2])])
            let request = try session.makeRequest()
            try request.set(0, [1, 2], [5, -1] as [Float])
            try request.run()
            #expect(try request.values(0) == [15, -3] as [Float])
        }
    }

    @Test func anIntermediateRepresentationWithoutItsWeightsIsRefused() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "triple.xml")
            try Data(Self.triple.utf8).write(to: file)
            let error = #expect(throws: InferenceError.self) {
                try TestEngines.all.engine("openvino").load(file, SessionOptions())
            }
            #expect(error?.code == .modelUnusable)
        }
    }

    @Test(arguments: TFLiteOracle.all)
    func aTensorFlowLiteModelAnswersAsLiteRT(oracle: TFLiteOracle) throws {
        let file = TestPlaces.testModels.appending(path: oracle.file)
        guard FileManager.default.fileExists(atPath: file.path) else {
            try Test.cancel("\(oracle.file) is absent: scripts/fetch-test-models .aibox/test-models")
        }
        let session = try TestEngines.all.engine("openvino").load(file, SessionOptions())
        let request = try session.makeRequest()
        try request.setKnownValues(0, of: session.inputs[0], shape: oracle.inputShape)
        try request.run()
        for (index, output) in session.outputs.enumerated() {
            let expected = try #require(oracle.outputs.first { $0.name == output.name }, "\(output.name)")
            let values: [Float] = try request.values(index)
            #expect(try request.output(index).shape == expected.shape)
            #expect(expected.difference(from: values) <= 1e-3, "\(output.name)")
        }
        #expect(session.outputs.count == oracle.outputs.count)
    }

    /// y = 3x; the factor is the only content of the weights file.
    private static let triple = """
        <?xml version="1.0"?>
        <net name="triple" version="11">
        <layers>
        <layer id="0" name="x" type="Parameter" version="opset1">
        <data shape="1,2" element_type="f32"/>
        <output><port id="0" precision="FP32" names="x"><dim>1</dim><dim>2</dim></port></output>
        </layer>
        <layer id="1" name="factor" type="Const" version="opset1">
        <data element_type="f32" shape="1" offset="0" size="4"/>
        <output><port id="0" precision="FP32"><dim>1</dim></port></output>
        </layer>
        <layer id="2" name="product" type="Multiply" version="opset1">
        <data auto_broadcast="numpy"/>
        <input><port id="0" precision="FP32"><dim>1</dim><dim>2</dim></port>
        <port id="1" precision="FP32"><dim>1</dim></port></input>
        <output><port id="2" precision="FP32" names="y"><dim>1</dim><dim>2</dim></port></output>
        </layer>
        <layer id="3" name="y" type="Result" version="opset1">
        <input><port id="0" precision="FP32"><dim>1</dim><dim>2</dim></port></input>
        </layer>
        </layers>
        <edges>
        <edge from-layer="0" from-port="0" to-layer="2" to-port="0"/>
        <edge from-layer="1" from-port="0" to-layer="2" to-port="1"/>
        <edge from-layer="2" from-port="2" to-layer="3" to-port="0"/>
        </edges>
        </net>
        """
}
