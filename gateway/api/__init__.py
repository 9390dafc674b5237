"""The gRPC side: servicers that translate, what happens around every call, two servers."""
