# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests, byte for byte, and what RFC 9110 and 9112 have a strict server answer.

What h11's and llhttp's tests accept and refuse is in here as facts. Where they or the RFCs leave a choice, this server
refuses: nobody needs the form, and every form that two programs may read in two ways can hide a request.
"""

from __future__ import annotations

from support import BODY, REQUEST

POST = b"POST /predict HTTP/1.1\r\n"
HOST = b"Host: x\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
LAST = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def chunks_with(extension: bytes) -> bytes:
    """A request whose first chunk has this behind its size."""
    return POST + HOST + CHUNKED + b"\r\n" + CHUNKS.replace(b"\r\n", extension + b"\r\n", 1)


# What is sent, and the statuses of all answers until the server closes. LAST follows each request, so that its 200
# shows that the connection was kept, and that both sides agree on where the request ended.
CASES = {
    "a plain request": (REQUEST, [200, 200]),
    "chunks": (POST + HOST + CHUNKED + b"\r\n" + CHUNKS, [200, 200]),
    "an extension of a chunk": (
        POST + HOST + CHUNKED + b"\r\n" + CHUNKS.replace(b"\r\n", b";a=b\r\n", 1),
        [200, 200],
    ),
    "empty lines first": (b"\r\n" + REQUEST, [200, 200]),
    "HTTP/1.0 closes": (REQUEST.replace(b"/1.1", b"/1.0"), [200]),
    "HTTP/1.0 keeps alive": (
        REQUEST.replace(b"/1.1", b"/1.0").replace(HOST, HOST + b"Connection: Keep-Alive\r\n"),
        [200, 200],
    ),
    "close": (REQUEST.replace(HOST, HOST + b"Connection: close\r\n"), [200]),
    "close among others": (REQUEST.replace(HOST, HOST + b"Connection: close, x\r\n"), [200]),
    "close in capitals, last": (REQUEST.replace(HOST, HOST + b"Connection: x,\tCLOSE\r\n"), [200]),
    "close of another route": (b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close, x\r\n\r\n", [200]),
    "HTTP/1.2": (REQUEST.replace(b"/1.1", b"/1.2"), [505]),
    "HTTP/1.2 with chunks": (b"POST /predict HTTP/1.2\r\n" + HOST + CHUNKED + b"\r\n" + CHUNKS, [505]),
    "HTTP/2.0": (REQUEST.replace(b"/1.1", b"/2.0"), [505]),
    "no version": (REQUEST.replace(b" HTTP/1.1", b""), [505]),
    "no version, no headers": (b"GET /health\r\n\r\n", [505]),
    "not HTTP": (REQUEST.replace(b"HTTP/1.1", b"HTTQ/1.1"), [400]),
    "a method in small letters": (REQUEST.replace(b"POST", b"post"), [400]),
    "a control character in the target": (REQUEST.replace(b"/predict", b"/pre\x01dict"), [400]),
    "a tab in the target": (REQUEST.replace(b"/predict", b"/pre\tdict"), [400]),
    "no Host": (REQUEST.replace(HOST, b""), [400]),
    "no Host in HTTP/1.0": (REQUEST.replace(b"/1.1", b"/1.0").replace(HOST, b""), [200]),
    "two Hosts": (REQUEST.replace(HOST, HOST + b"Host: y\r\n"), [400]),
    "two equal Hosts": (REQUEST.replace(HOST, HOST + HOST), [400]),
    "a Host with a path": (REQUEST.replace(HOST, b"Host: x/y\r\n"), [400]),
    "an empty Host": (REQUEST.replace(HOST, b"Host:\r\n"), [200, 200]),
    "a Host that is an address": (REQUEST.replace(HOST, b"Host: [::1]:5000\r\n"), [200, 200]),
    "both lengths": (POST + HOST + LENGTH + CHUNKED + b"\r\n" + CHUNKS, [400]),
    "both lengths, the other way round": (POST + HOST + CHUNKED + b"Content-Length: 0\r\n\r\n" + CHUNKS, [400]),
    "chunks with HTTP/1.0": (b"POST /predict HTTP/1.0\r\n" + HOST + CHUNKED + b"\r\n" + CHUNKS, [400]),
    "chunked twice": (POST + HOST + CHUNKED + CHUNKED + b"\r\n" + CHUNKS, [400]),
    "chunked, chunked": (POST + HOST + b"Transfer-Encoding: chunked, chunked\r\n\r\n" + CHUNKS, [400]),
    "an empty coding": (REQUEST.replace(HOST, HOST + b"Transfer-Encoding:\r\n"), [400]),
    "identity": (REQUEST.replace(HOST, HOST + b"Transfer-Encoding: identity\r\n"), [501]),
    "a coding behind a blank": (POST + HOST + b"Transfer-Encoding : chunked\r\n\r\n" + CHUNKS, [400]),
    "a coding in a folded line": (POST + HOST + b"Transfer-Encoding:\r\n chunked\r\n\r\n" + CHUNKS, [400]),
    "two lengths": (REQUEST.replace(HOST, HOST + b"Content-Length: 4\r\n"), [400]),
    "a length with a sign": (REQUEST.replace(b"Length: ", b"Length: +"), [400]),
    "a length of 5,000 digits": (REQUEST.replace(b"Length: ", b"Length: " + b"9" * 5000), [400]),
    "a length beyond the limit": (POST + HOST + b"Content-Length: 99999999\r\n\r\n", [413]),
    "100-continue for a body beyond the limit": (
        POST + HOST + b"Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n",
        [413],
    ),
    "100-continue": (REQUEST.replace(HOST, HOST + b"Expect: 100-continue\r\n"), [100, 200, 200]),
    "another expectation": (REQUEST.replace(HOST, HOST + b"Expect: 200-ok\r\n"), [417]),
    "a size of a chunk that is none": (POST + HOST + CHUNKED + b"\r\n0x10\r\n", [400]),
    "a chunk that is longer than its size": (POST + HOST + CHUNKED + b"\r\n3\r\nabcd\r\n", [400]),
    "a line ended by LF": (REQUEST.replace(b"\r\nHost", b"\nHost"), [400]),
    "a name with a blank": (REQUEST.replace(HOST, HOST + b"X Y: 1\r\n"), [400]),
    "a null in a value": (REQUEST.replace(HOST, HOST + b"X: \x00\r\n"), [400]),
    # --- the request line
    "a query": (REQUEST.replace(b"/predict", b"/predict?a=b&c=%20"), [200, 200]),
    "the form that proxies get": (REQUEST.replace(b"/predict", b"http://y/predict"), [200, 200]),
    "the target of a server": (b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", [404, 200]),
    "a tunnel": (b"CONNECT x:443 HTTP/1.1\r\n" + HOST + b"\r\n", [404, 200]),
    "an unknown method": (REQUEST.replace(b"POST", b"MKCOLA"), [405, 200]),
    "a method with a sign": (REQUEST.replace(b"POST", b"PO(ST"), [400]),
    "no method": (REQUEST.replace(b"POST ", b""), [400]),
    "no target": (REQUEST.replace(b" /predict", b""), [505]),
    "two blanks in the line": (REQUEST.replace(b" /predict", b"  /predict"), [400]),
    "a tab in the line": (REQUEST.replace(b" /predict", b"\t/predict"), [400]),
    "a blank behind the version": (REQUEST.replace(b"/1.1\r", b"/1.1 \r"), [400]),
    "a word behind the version": (REQUEST.replace(b"/1.1\r", b"/1.1 x\r"), [400]),
    "a blank before the method": (b" " + REQUEST, [400]),
    "a tab before the method": (b"\t" + REQUEST, [400]),
    "a blank on an empty line first": (b"\r\n " + REQUEST, [400]),
    "a null in the target": (REQUEST.replace(b"/predict", b"/pre\x00dict"), [400]),
    "a DEL in the target": (REQUEST.replace(b"/predict", b"/pre\x7fdict"), [400]),
    "no ASCII in the target": (REQUEST.replace(b"/predict", b"/pr\xc3\xa9dict"), [400]),
    "a CR in the line": (REQUEST.replace(b"/predict", b"/pre\rdict"), [400]),
    "HTTP/0.9": (REQUEST.replace(b"/1.1", b"/0.9"), [505]),
    "HTTP/1.10": (REQUEST.replace(b"/1.1", b"/1.10"), [400]),
    "HTTP/01.1": (REQUEST.replace(b"/1.1", b"/01.1"), [400]),
    "http/1.1 in small letters": (REQUEST.replace(b"HTTP/", b"http/"), [400]),
    "ICE": (REQUEST.replace(b"HTTP/", b"ICE/"), [400]),
    "RTSP": (REQUEST.replace(b"HTTP/", b"RTSP/"), [400]),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [505]),
    "TLS on a plain port": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", [400]),
    # --- headers
    "blanks around a value": (REQUEST.replace(HOST, b"Host: \t x \t\r\n"), [200, 200]),
    "no blank before a value": (REQUEST.replace(HOST, b"Host:x\r\n"), [200, 200]),
    "an empty value": (REQUEST.replace(HOST, HOST + b"X:\r\n"), [200, 200]),
    "bytes beyond ASCII in a value": (REQUEST.replace(HOST, HOST + b"X: \xe9\r\n"), [200, 200]),
    "bytes beyond ASCII in a name": (REQUEST.replace(HOST, HOST + b"X\xe9: 1\r\n"), [400]),
    "a control character in a value": (REQUEST.replace(HOST, HOST + b"X: \x01\r\n"), [400]),
    "a control character in a name": (REQUEST.replace(HOST, HOST + b"X\x01: 1\r\n"), [400]),
    "a blank before the colon": (REQUEST.replace(HOST, HOST + b"X : 1\r\n"), [400]),
    "a tab before the colon": (REQUEST.replace(HOST, HOST + b"X\t: 1\r\n"), [400]),
    "a length with a blank before the colon": (REQUEST.replace(b"Length:", b"Length :"), [400]),
    "no name": (REQUEST.replace(HOST, HOST + b": 1\r\n"), [400]),
    "no colon": (REQUEST.replace(HOST, HOST + b"X\r\n"), [400]),
    "an at sign in a name": (REQUEST.replace(HOST, HOST + b"X@: 1\r\n"), [400]),
    "a folded value": (REQUEST.replace(HOST, HOST + b"X: a\r\n b\r\n"), [400]),
    "a folded value, with a tab": (REQUEST.replace(HOST, HOST + b"X: a\r\n\tb\r\n"), [400]),
    "a folded name": (REQUEST.replace(HOST, HOST + b"X\r\n : a\r\n"), [400]),
    "a folded line of blanks": (REQUEST.replace(HOST, HOST + b"X: a\r\n \r\n"), [400]),
    "a first line that is folded": (REQUEST.replace(HOST, b" " + HOST), [400]),
    "a length in a folded line": (REQUEST.replace(LENGTH, b"X: a\r\n " + LENGTH), [400]),
    "lines ended by LF alone": (REQUEST.replace(b"\r\n", b"\n"), [400]),
    "a header ended by LF": (REQUEST.replace(HOST, HOST + b"X: a\nY: b\r\n"), [400]),
    "a coding behind LF": (POST + HOST + b"X: a\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS, [400]),
    "a header ended by CR": (REQUEST.replace(HOST, HOST + b"X: a\rY: b\r\n"), [400]),
    "a coding behind CR": (POST + HOST + b"X:\rTransfer-Encoding: chunked\r\n\r\n" + CHUNKS, [400]),
    "an end of the head with CR alone": (REQUEST.replace(HOST, HOST + b"\rZGET /x: y\r\n"), [400]),
    "a head beyond the limit": (REQUEST.replace(HOST, HOST + b"X: " + b"x" * 17000 + b"\r\n"), [431]),
    "a target beyond the limit": (REQUEST.replace(b"/predict", b"/" + b"x" * 17000), [431]),
    "a name with an underscore is not the one with a dash": (
        POST + HOST + b"Content_Length: 5\r\n\r\n",
        [400, 200],
    ),
    # --- Host
    "a Host with a port": (REQUEST.replace(HOST, b"Host: x.example:8080\r\n"), [200, 200]),
    "a Host with a user": (REQUEST.replace(HOST, b"Host: a@x\r\n"), [400]),
    "a Host with a blank": (REQUEST.replace(HOST, b"Host: x y\r\n"), [400]),
    "a list of Hosts": (REQUEST.replace(HOST, b"Host: x, y\r\n"), [400]),
    "a Host whose port is none": (REQUEST.replace(HOST, b"Host: x:80a\r\n"), [400]),
    "two Hosts, one empty": (REQUEST.replace(HOST, HOST + b"Host:\r\n"), [400]),
    # --- Content-Length
    "no length and no coding": (POST + HOST + b"\r\n", [400, 200]),
    "a length of zero": (POST + HOST + b"Content-Length: 0\r\n\r\n", [400, 200]),
    "zeros before a length": (REQUEST.replace(b"Length: ", b"Length: 000"), [200, 200]),
    "an empty length": (POST + HOST + b"Content-Length:\r\n\r\n", [400]),
    "a negative length": (POST + HOST + b"Content-Length: -1\r\n\r\n", [400]),
    "a length in hexadecimal": (POST + HOST + b"Content-Length: 0x10\r\n\r\n", [400]),
    "a length with a point": (POST + HOST + b"Content-Length: 1.0\r\n\r\n", [400]),
    "a length with an underscore": (POST + HOST + b"Content-Length: 1_0\r\n\r\n", [400]),
    "a length with a blank inside": (POST + HOST + b"Content-Length: 4 2\r\n\r\n", [400]),
    "a length with a letter": (POST + HOST + b"Content-Length: 42a\r\n\r\n", [400]),
    "a length in digits that are not ASCII": (POST + HOST + b"Content-Length: \xd9\xa1\r\n\r\n", [400]),
    "two equal lengths": (REQUEST.replace(LENGTH, LENGTH + LENGTH), [400]),
    "a list of equal lengths": (REQUEST.replace(LENGTH, b"Content-Length: 4, 4\r\n"), [400]),
    "a length of 2 ** 64": (POST + HOST + b"Content-Length: 18446744073709551616\r\n\r\n", [413]),
    "a body of GET": (b"GET /health HTTP/1.1\r\n" + HOST + LENGTH + b"\r\n" + BODY, [200, 200]),
    # --- Transfer-Encoding
    "chunked in capitals": (POST + HOST + b"Transfer-Encoding: CHUNKED\r\n\r\n" + CHUNKS, [200, 200]),
    "chunked between blanks": (POST + HOST + b"Transfer-Encoding: \t chunked \t\r\n\r\n" + CHUNKS, [200, 200]),
    "chunked and a comma": (POST + HOST + b"Transfer-Encoding: chunked,\r\n\r\n" + CHUNKS, [400]),
    "a comma and chunked": (POST + HOST + b"Transfer-Encoding: , chunked\r\n\r\n" + CHUNKS, [400]),
    "gzip, chunked": (POST + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + CHUNKS, [501]),
    "chunked, gzip": (POST + HOST + b"Transfer-Encoding: chunked, gzip\r\n\r\n" + CHUNKS, [501]),
    "two lines of codings": (POST + HOST + b"Transfer-Encoding: gzip\r\n" + CHUNKED + b"\r\n" + CHUNKS, [501]),
    "a coding that is none": (POST + HOST + b"Transfer-Encoding: xchunked\r\n\r\n" + CHUNKS, [501]),
    "chunked in quotes": (POST + HOST + b'Transfer-Encoding: "chunked"\r\n\r\n' + CHUNKS, [501]),
    "chunked with a parameter": (POST + HOST + b"Transfer-Encoding: chunked;a=b\r\n\r\n" + CHUNKS, [501]),
    "chunked behind a byte that some strip": (POST + HOST + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + CHUNKS, [400]),
    "chunked behind a no-break space": (POST + HOST + b"Transfer-Encoding: \xa0chunked\r\n\r\n" + CHUNKS, [501]),
    "a coding with an underscore, and a length": (
        REQUEST.replace(HOST, HOST + b"Transfer_Encoding: chunked\r\n"),
        [200, 200],
    ),
    "a coding behind a blank, and a length": (REQUEST.replace(HOST, HOST + b"Transfer-Encoding : chunked\r\n"), [400]),
    "an empty coding and no length": (POST + HOST + b"Transfer-Encoding:\r\n\r\n", [400]),
    # --- chunks
    "many chunks": (
        POST + HOST + CHUNKED + b"\r\n" + b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n",
        [200, 200],
    ),
    "a size in capitals, with zeros": (
        POST + HOST + CHUNKED + b"\r\n%b\r\n%b\r\n000\r\n\r\n" % (b"%08X" % len(BODY), BODY),
        [200, 200],
    ),
    "extensions in quotes": (chunks_with(b';a;b="x\\"y;";c=d'), [200, 200]),
    "an extension without a name": (chunks_with(b";"), [400]),
    "an extension without a semicolon": (chunks_with(b" a"), [400]),
    "an extension whose quotes do not end": (chunks_with(b';a="b'), [400]),
    "a blank behind a size": (chunks_with(b" "), [400]),
    "a LF behind a size": (chunks_with(b"\n"), [400]),
    "a LF in an extension": (chunks_with(b";a\n"), [400]),
    "a CR in an extension": (chunks_with(b";a\rb"), [400]),
    "a null behind a size": (chunks_with(b"\x00"), [400]),
    "an extension without end": (POST + HOST + CHUNKED + b"\r\n5;" + b"a" * 2000, [400]),
    "a trailer": (POST + HOST + CHUNKED + b"\r\n" + CHUNKS[:-2] + b"X: 1\r\nY: 2\r\n\r\n", [200, 200]),
    "a trailer that is none": (POST + HOST + CHUNKED + b"\r\n" + CHUNKS[:-2] + b"X\r\n\r\n", [400]),
    "a trailer with a LF": (POST + HOST + CHUNKED + b"\r\n" + CHUNKS[:-2] + b"X: 1\nY: 2\r\n\r\n", [400]),
    "a trailer that is folded": (POST + HOST + CHUNKED + b"\r\n" + CHUNKS[:-2] + b"X: 1\r\n 2\r\n\r\n", [400]),
    "trailers without end": (
        POST + HOST + CHUNKED + b"\r\n" + CHUNKS[:-2] + b"X: %b\r\n" % (b"a" * 900) * 12,
        [400],
    ),
    "a length in a trailer": (
        POST + HOST + CHUNKED + b"\r\n" + CHUNKS[:-2] + b"Content-Length: 99\r\n\r\n",
        [200, 200],
    ),
    "no size": (POST + HOST + CHUNKED + b"\r\n\r\n", [400]),
    "an empty line between chunks": (
        POST + HOST + CHUNKED + b"\r\n1\r\n{\r\n\r\n1\r\n}\r\n0\r\n\r\n",
        [400],
    ),
    "a size with a sign": (POST + HOST + CHUNKED + b"\r\n+5\r\n", [400]),
    "a negative size": (POST + HOST + CHUNKED + b"\r\n-5\r\n", [400]),
    "a size with an underscore": (POST + HOST + CHUNKED + b"\r\n1_0\r\n", [400]),
    "a size of 100 digits": (POST + HOST + CHUNKED + b"\r\n" + b"9" * 100 + b"\r\n", [400]),
    "a size of 2 ** 64 - 1": (POST + HOST + CHUNKED + b"\r\nffffffffffffffff\r\n", [413]),
    "a size that wraps to the true one": (POST + HOST + CHUNKED + b"\r\n100000000000000%02x\r\n" % len(BODY), [400]),
    "a chunk that ends with LF": (POST + HOST + CHUNKED + b"\r\n3\r\nabc\n0\r\n\r\n", [400]),
    "a chunk that ends with CR": (POST + HOST + CHUNKED + b"\r\n3\r\nabc\r_0\r\n\r\n", [400]),
    "a chunk that ends with other bytes": (POST + HOST + CHUNKED + b"\r\n3\r\nabc__0\r\n\r\n", [400]),
    # --- Connection
    "keep-alive": (REQUEST.replace(HOST, HOST + b"Connection: keep-alive\r\n"), [200, 200]),
    "close in a second line": (REQUEST.replace(HOST, HOST + b"Connection: x\r\nConnection: close\r\n"), [200]),
    "close and keep-alive": (REQUEST.replace(HOST, HOST + b"Connection: keep-alive, close\r\n"), [200]),
    "empty options": (REQUEST.replace(HOST, HOST + b"Connection: ,, x ,\r\n"), [200, 200]),
    "a word that begins with close": (REQUEST.replace(HOST, HOST + b"Connection: closed\r\n"), [200, 200]),
    "an upgrade that is not taken": (
        REQUEST.replace(HOST, HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"),
        [200, 200],
    ),
    "HTTP/1.0 closes, whatever else is asked": (
        REQUEST.replace(b"/1.1", b"/1.0").replace(HOST, HOST + b"Connection: x\r\n"),
        [200],
    ),
    # --- Expect
    "100-continue in capitals": (REQUEST.replace(HOST, HOST + b"Expect: 100-Continue\r\n"), [100, 200, 200]),
    "100-continue without a body": (b"GET /health HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\n\r\n", [200, 200]),
    "100-continue with HTTP/1.0": (
        REQUEST.replace(b"/1.1", b"/1.0").replace(HOST, HOST + b"Expect: 100-continue\r\n"),
        [200],
    ),
    "100-continue before chunks": (
        POST + HOST + CHUNKED + b"Expect: 100-continue\r\n\r\n" + CHUNKS,
        [100, 200, 200],
    ),
    "100-continue behind another request": (
        REQUEST + REQUEST.replace(HOST, HOST + b"Expect: 100-continue\r\n"),
        [200, 200, 200],
    ),
    "100-continue and another": (REQUEST.replace(HOST, HOST + b"Expect: 100-continue, x\r\n"), [417]),
    "an empty expectation": (REQUEST.replace(HOST, HOST + b"Expect:\r\n"), [417]),
    # --- what follows on the connection
    "twenty requests at once": (REQUEST * 20, [200] * 21),
    "many requests of other routes": (b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" * 50, [200] * 51),
    "nothing is read behind a refusal": (REQUEST + b"GET / HTTP/9.9\r\n\r\n" + REQUEST * 3, [200, 505]),
    "a body that is longer than its length": (REQUEST + b"x", [200, 400]),
}
