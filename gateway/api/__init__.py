"""The gRPC side: servicers that translate, one interceptor around every call, two servers."""
