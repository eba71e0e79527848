import Foundation
import NIOCore

extension AIBoxClient.Call {
    /// Makes the body a form (RFC 7578) with a part for each picture.
    ///
    /// - Parameter boundary: must not occur in a picture, which a random one does not.
    mutating func attach(_ pictures: [(name: String, content: ByteBuffer)], boundary: String = UUID().uuidString) {
        var form = ByteBuffer()
        for (name, content) in pictures {
            form.writeString("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n")
            form.writeString("Content-Type: application/octet-stream\r\n\r\n")
            form.writeImmutableBuffer(content)
            form.writeString("\r\n")
        }
        form.writeString("--\(boundary)--\r\n")
        headers.replaceOrAdd(name: "Content-Type", value: "multipart/form-data; boundary=\(boundary)")
        body = form
    }
}
